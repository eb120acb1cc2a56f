/*
 * Preloaded (LD_PRELOAD) into a program, it makes a slow disk: fsync and fdatasync sleep SLOW_FSYNC_MS milliseconds before
 * they do what they are asked. Redis syncs its AOF by fdatasync: in its main thread under `appendfsync always`, in a
 * background thread under `everysec`.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

typedef int (*sync_call)(int);

static int slow(const char *name, int fd) {
  sync_call real = (sync_call)dlsym(RTLD_NEXT, name);
  const char *text = getenv("SLOW_FSYNC_MS");
  long ms = text ? strtol(text, NULL, 10) : 0;
  struct timespec left = {ms / 1000, (ms % 1000) * 1000000L};
  while (ms > 0 && nanosleep(&left, &left) == -1 && errno == EINTR) {
  }
  return real(fd);
}

int fsync(int fd) { return slow("fsync", fd); }
int fdatasync(int fd) { return slow("fdatasync", fd); }

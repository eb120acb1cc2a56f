// Loaded into each process before its own code (`--import`). A parent that was ended by SIGKILL cannot tell its processes
// to end, but the channel to it closes.

const LAST_MS = 9_000;

process.on('disconnect', () => {
  setTimeout(() => process.exit(1), LAST_MS).unref();
  // A process that looks after it by itself must not get a second order: that would cut its grace short.
  if (process.listenerCount('disconnect') === 1) process.kill(process.pid, 'SIGTERM');
});
process.channel?.unref(); // a listener keeps the channel, and so the process, alive

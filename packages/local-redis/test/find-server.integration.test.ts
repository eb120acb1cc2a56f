import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRedisServer, NoRedisServerError } from '../src/index.ts';

// The programs here are shell scripts of the test: what is installed on this machine does not matter.

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelay-find-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, script: string, inFolder = 'bin'): Promise<string> {
  await mkdir(join(folder, inFolder), { recursive: true });
  const path = join(folder, inFolder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const redis = (version: string) => `echo "Redis server v=${version} sha=00000000:0 malloc=libc bits=64"`;

/** `tools`: a folder with the few system programs that the scripts themselves need. */
function find(options: { path?: string[]; home?: string } = {}) {
  const { path = ['bin'], home = 'home' } = options;
  const env = { PATH: path.map((name) => join(folder, name)).join(':'), HOME: join(folder, home) };
  return findRedisServer({ env, log: () => {}, systemFolders: [] });
}

/** apt-get and dpkg-deb as far as a fetch uses them. */
async function aptGet(options: { listsAreThere?: boolean; version?: string } = {}) {
  const { listsAreThere = true, version = '7.0.15' } = options;
  await program(
    'apt-get',
    `case "$*" in
      *--version*) echo apt 2.6;;
      *update*) exit 0;;
      *State::Lists*--simulate*) echo "Inst libjemalloc2 (5.3)"; echo "Inst redis-tools (7)"; echo "Inst redis-server (7)";;
      *--simulate*) ${listsAreThere ? 'echo "Inst redis-server (7)"' : 'echo "E: Unable to locate package redis-server"; exit 100'};;
      *download*) for name in redis-server redis-tools; do echo > $name.deb; done;;
    esac`,
  );
  await program(
    'dpkg-deb',
    `/bin/mkdir -p $3/usr/bin $3/usr/lib/x86_64-linux-gnu
    echo '#!/bin/sh' > $3/usr/bin/redis-server
    echo 'echo "Redis server v=${version} sha=0"' >> $3/usr/bin/redis-server
    /bin/chmod 755 $3/usr/bin/redis-server`,
  );
}

test('an installed server is used', async () => {
  const binary = await program('redis-server', redis('7.2.4'));
  expect(await find()).toEqual({ binary, version: '7.2.4', origin: 'path' });
});

test('a Valkey is as good as a Redis', async () => {
  const binary = await program('valkey-server', 'echo "Valkey server v=8.1.3 sha=00000000:0"');
  expect(await find()).toMatchObject({ binary, version: '8.1.3' });
});

test('a server that is too old is passed over for a newer one further on', async () => {
  await program('redis-server', redis('6.0.16'));
  const newer = await program('redis-server', redis('7.0.0'), 'later');
  expect(await find({ path: ['bin', 'later'] })).toMatchObject({ binary: newer });
});

test('where nothing works, the error says what was tried and what to install', async () => {
  await program('redis-server', redis('6.0.16'));
  const error = await find().catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(NoRedisServerError);
  expect(String(error)).toMatch(/apt-get install redis-server[\s\S]*Fedora[\s\S]*macOS[\s\S]*REDIS_URL/);
  expect(String(error)).toMatch(/version 6\.0\.16, and 7\.0 or newer is needed/);
  expect(String(error)).toMatch(/no apt-get here/);
});

test('on Debian a server is fetched once into the cache folder and found there later', async () => {
  await aptGet();
  const fetched = await find();
  expect(fetched).toMatchObject({ version: '7.0.15', origin: 'downloaded' });
  expect(fetched.libraryPath).toMatch(/usr\/lib\/x86_64-linux-gnu$/);
  await rm(join(folder, 'bin'), { recursive: true });
  expect(await find()).toEqual(fetched);
});

test('missing package lists are fetched into a folder of our own', async () => {
  await aptGet({ listsAreThere: false });
  expect(await find()).toMatchObject({ version: '7.0.15', origin: 'downloaded' });
});

test('parallel fetches all get a server and leave nothing beside it', async () => {
  await aptGet();
  const found = await Promise.all(Array.from({ length: 8 }, () => find()));
  expect(new Set(found.map((server) => server.binary)).size).toBe(1);
  expect(await readdir(join(folder, 'home/.cache/reelay'))).toHaveLength(1);
});

test('a distribution whose server is too old is told apart from a failure', async () => {
  await aptGet({ version: '6.0.16' });
  await expect(find()).rejects.toThrow(/version 6\.0\.16, and 7\.0 or newer/);
});

// `npm run setup`: packages and Node 26, ready to use. It runs on Node 20 with only npm on PATH, says nothing and exits
// within a moment when nothing is to do, and leaves one plain sentence when it cannot.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = import.meta.dirname ?? process.cwd();
const PNPM = 'pnpm@12.21.0';
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'];
const INSTALL_MS = 10 * 60_000;
const TAIL_CHARACTERS = 4_000;
const node = join(root, 'node_modules/.bin/node');
const stampFile = join(root, 'node_modules/.reelay-setup');
const lock = join(root, '.reelay/setup.lock');

class SetupError extends Error {}

async function setUp() {
  const wanted = stampOf(packageFolders());
  if (isReady(wanted)) return;
  refuseUnknownPlatform();
  await withLock(async () => {
    if (isReady(wanted)) return;
    rmSync(stampFile, { force: true });
    console.error(`Installing packages and Node 26 with ${PNPM} (once; needs the network) ...`);
    await install([]);
    if (!nodeRuns()) await install(['--force']); // pnpm believes its own notes: a damaged folder is "already up to date"
    if (!nodeRuns()) throw new SetupError(`${node} does not run. Delete the folder node_modules and try again.`);
    writeFileSync(stampFile, stampOf(packageFolders()));
  });
}

/** The root and every workspace package, as pnpm-workspace.yaml lists them. */
function packageFolders() {
  const parents = ['packages', 'services'].filter((parent) => existsSync(join(root, parent)));
  const inside = parents.flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)));
  return ['', ...inside.sort()].filter((folder) => existsSync(join(root, folder, 'package.json')));
}

/** A hash of everything that decides what an install would do. */
function stampOf(folders) {
  const hash = createHash('sha256').update(`${PNPM} ${process.platform} ${process.arch}\n`);
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...folders.map((folder) => join(folder, 'package.json'))];
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function isReady(wanted) {
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== wanted) return false;
  return packageFolders().every(hasItsModules) && nodeRuns();
}

function hasItsModules(folder) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  );
  const names = Object.keys({ ...dependencies, ...devDependencies });
  return names.every((name) => existsSync(join(root, folder, 'node_modules', name)));
}

function nodeRuns() {
  return spawnSync(node, ['--version'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

function refuseUnknownPlatform() {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new SetupError(
      `Reelay does not run on ${platform}. Use one of ${PLATFORMS.join(', ')}, or the container image.`,
    );
  }
  process.report.excludeNetwork = true;
  if (process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime) {
    throw new SetupError(
      'Node 26 is fetched as a glibc binary, and this Linux uses musl (Alpine?). Use Debian, Ubuntu or Fedora.',
    );
  }
}

/** Runs pnpm by npx in a process group of its own, so that an interrupt ends all of it. */
async function install(flags) {
  const args = ['--yes', PNPM, 'install', '--frozen-lockfile', ...flags];
  const pnpm = spawn('npx', args, {
    cwd: root,
    env: installEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let tail = '';
  const keep = (chunk) => {
    tail = (tail + chunk).slice(-TAIL_CHARACTERS);
  };
  pnpm.stdout.on('data', keep);
  pnpm.stderr.on('data', keep);
  const end = () => endGroup(pnpm.pid);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.once(signal, end);
  const timer = setTimeout(end, INSTALL_MS);
  const failure = await new Promise((resolve) => {
    pnpm.once('error', resolve);
    pnpm.once('close', (code, signal) => resolve(code === 0 ? undefined : { code: signal ?? `exit code ${code}` }));
  });
  clearTimeout(timer);
  for (const signal of signals) process.off(signal, end);
  if (failure)
    throw new SetupError(`${adviceFor(failure, tail)}${tail && `\n\nThe last lines of ${PNPM}:\n${tail.trim()}`}`);
}

function endGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

/** CI=true: pnpm asks nothing. Our own Node leaves PATH, as the install may replace it while npx runs on it. */
function installEnvironment() {
  const { HOME, PATH = '', ...rest } = process.env;
  const own = join(root, 'node_modules');
  return {
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '10000',
    ...rest,
    ...(HOME ? { HOME } : {}),
    PATH: PATH.split(delimiter)
      .filter((folder) => !folder.startsWith(own))
      .join(delimiter),
    CI: 'true',
    npm_config_update_notifier: 'false',
  };
}

function adviceFor(failure, tail) {
  const cases = [
    [failure.code === 'ENOENT', 'npx was not found: install Node.js with npm (20 or newer), then try again.'],
    [
      /OUTDATED_LOCKFILE/.test(tail),
      `pnpm-lock.yaml does not fit the package.json files: run \`npx ${PNPM} install\`.`,
    ],
    [
      /^SIG/.test(failure.code) || /npm error signal SIG/.test(tail),
      'The install was interrupted, or it took longer than ten minutes. Try again.',
    ],
    [/ENOSPC/.test(tail), 'The disk is full: free about 600 MB, then try again.'],
    [/EACCES|EROFS|EPERM/.test(tail), 'A folder is not writable: the lines below name it.'],
    [
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|SOCKET_TIMEOUT|ERR_PNPM_META_FETCH/.test(
        tail,
      ),
      'The package registry did not answer: check the network and proxy (`npm ping`), then try again.',
    ],
  ];
  return cases.find(([fits]) => fits)?.[1] ?? `The packages could not be installed (${failure.code}).`;
}

// One set-up at a time. The lock appears by a rename, so it always names its owner; a dead owner's lock is taken over.
async function withLock(work) {
  const mine = `${lock}.${process.pid}`;
  rmSync(mine, { recursive: true, force: true });
  mkdirSync(mine, { recursive: true });
  writeFileSync(join(mine, 'pid'), String(process.pid));
  const deadline = Date.now() + INSTALL_MS;
  while (!moved(mine, lock)) {
    if (Date.now() > deadline) throw new SetupError(`Another set-up holds ${lock}. If none runs, delete that folder.`);
    if (isStale(lock)) removeStale();
    else await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function moved(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code)) return false;
    throw error;
  }
}

function isStale(folder) {
  try {
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    return !isAlive(pid) || Date.now() - statSync(folder).mtimeMs > 2 * INSTALL_MS;
  } catch {
    return false; // it went away just now: try again
  }
}

/** Looks again after moving it: another set-up may have taken the stale lock over and put its own there. */
function removeStale() {
  const aside = `${lock}.stale.${process.pid}`;
  if (moved(lock, aside) && (isStale(aside) || !moved(aside, lock))) rmSync(aside, { recursive: true, force: true });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

try {
  if (Number(process.versions.node.split('.')[0]) < 20)
    throw new SetupError('Reelay needs Node.js 20 or newer to set up.');
  await setUp();
} catch (error) {
  console.error(`Set-up failed: ${error instanceof SetupError ? error.message : error.stack}`);
  process.exitCode = 1;
}

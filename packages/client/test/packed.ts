import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGE = join(import.meta.dirname, '..');
const ROOT = join(PACKAGE, '../..');
export const run = promisify(execFile);

/** The npm of this machine, not of the checkout, and its Node. */
const { PATH = '', HOME = '' } = process.env;
const outside = PATH.split(delimiter).filter((folder) => !folder.includes('node_modules'));
const env = { PATH: outside.join(delimiter), HOME };

/** Packs the client as it would be published. Gives the tarball and a way to take all of it away. */
export async function packClient(): Promise<{ folder: string; tarball: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'reelay-packed-'));
  const pnpm = ['--yes', '--prefer-offline', 'pnpm@12.21.0'];
  await run('npx', [...pnpm, 'pack', '--pack-destination', folder], { cwd: PACKAGE, env, timeout: 60_000 });
  const [name = ''] = await readdir(folder);
  return { folder, tarball: join(folder, name), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** An empty project that has the tarball: installed by npm, or laid there, with the verifier of this checkout. */
export async function aProject(from: { folder: string; tarball: string }, by: 'npm' | 'hand'): Promise<string> {
  const project = join(from.folder, 'project');
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, '@reelay/client'), { recursive: true });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  if (by === 'npm') {
    await rm(modules, { recursive: true });
    await run('npm', ['install', '--no-audit', '--no-fund', from.tarball], { cwd: project, env, timeout: 120_000 });
    return project;
  }
  await run('tar', ['-xzf', from.tarball, '--strip-components=1', '-C', join(modules, '@reelay/client')]);
  await symlink(join(PACKAGE, 'node_modules/standardwebhooks'), join(modules, 'standardwebhooks'));
  return project;
}

/** The Nodes to run on: that of the checkout, and that of the machine if it is another one. */
export async function nodes(): Promise<readonly { node: string; version: string }[]> {
  const paths = [process.execPath, ...outside.map((folder) => join(folder, 'node')).filter(existsSync)];
  const found = await Promise.all(
    paths.map(async (node) => ({ node, version: (await run(node, ['--version'])).stdout.trim() })),
  );
  return found.filter(({ version }, at) => found.findIndex((one) => one.version === version) === at);
}

/** The compilers to check types with: that of the checkout, and the older one of the generator. */
export const COMPILERS = [join(ROOT, 'node_modules/.bin/tsc'), join(PACKAGE, 'node_modules/.bin/tsc')];

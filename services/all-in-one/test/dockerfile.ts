import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, rename } from 'node:fs/promises';
import { delimiter, join, matchesGlob, relative } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './npm-start.ts';

// Builds the image's folders without an engine: the same COPY and RUN lines, each stage in a folder of its own.

/** An instruction and its words, continued lines joined: `['COPY', '--from=install /app ./']`. */
type Instruction = readonly [string, string];

export interface BuiltImage {
  /** The last stage's WORKDIR. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly command: readonly string[];
}

export function readDockerfile(): readonly Instruction[] {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll(/^#.*\n/gm, '');
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines.flatMap((line) => {
    const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    return name && rest ? [[name, rest] as const] : [];
  });
}

/** Carries out the Dockerfile under `root`, an empty folder. Throws at an instruction that it does not know. */
export async function buildImage(root: string): Promise<BuiltImage> {
  const stages = new Map<string, string>();
  let image = { folder: '', env: {}, user: 'root', command: [] as string[] };
  let stage = '';
  for (const [name, rest] of readDockerfile()) {
    switch (name) {
      case 'FROM':
        stage = join(root, String(stages.size));
        stages.set(/ AS (\w+)$/.exec(rest)?.[1] ?? 'last', stage);
        image = { folder: stage, env: {}, user: 'root', command: [] };
        break;
      case 'WORKDIR':
        image.folder = join(stage, rest);
        await mkdir(image.folder, { recursive: true });
        break;
      case 'COPY':
        await copy(rest.split(' '), { stages, folder: image.folder });
        break;
      case 'RUN':
        await run('sh', ['-ec', rest], { cwd: image.folder, env: { ...buildEnvironment(), ...image.env } });
        break;
      case 'ENV': {
        const [key = '', value = ''] = rest.split('=');
        image.env = { ...image.env, [key]: value };
        break;
      }
      case 'USER':
        image.user = rest;
        break;
      case 'CMD':
        image.command = JSON.parse(rest);
        break;
      case 'EXPOSE':
        break;
      default:
        throw new Error(`The test does not know the instruction ${name}: teach it.`);
    }
  }
  return image;
}

const run = promisify(execFile);

/**
 * From what the set-up has fetched already. npx runs on the machine's own Node, as in setup.mjs: ours may not know the
 * certificates that the machine trusts, and would try for a minute.
 */
function buildEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '', ...rest } = process.env;
  const others = PATH.split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...rest, PATH: others.join(delimiter), CI: 'true', npm_config_prefer_offline: 'true' };
}

async function copy(
  words: readonly string[],
  to: { stages: ReadonlyMap<string, string>; folder: string },
): Promise<void> {
  const from = /^--from=(\w+)$/.exec(words[0] ?? '')?.[1];
  const target = join(to.folder, words.at(-1) ?? '.');
  if (from) {
    // Moved, as nothing reads from that stage again, and a copy of its thousands of small files takes seconds.
    await rename(join(to.stages.get(from) ?? '', words[1] ?? ''), target);
    return;
  }
  const paths = words.slice(0, -1);
  const filter = (file: string) => !isIgnored(relative(ROOT, file));
  for (const path of paths) {
    await cp(join(ROOT, path), paths.length > 1 ? join(target, path) : target, { recursive: true, filter });
  }
}

const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => /^[^#]/.test(line));

/** By .dockerignore: a pattern takes what is under it too. */
export function isIgnored(path: string): boolean {
  return ignored.some((pattern) => matchesGlob(path, pattern) || matchesGlob(path, `${pattern}/**`));
}

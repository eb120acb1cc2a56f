import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Reelay, startReelay } from '@reelay/testing';
import { type Proof, show } from '../proof.ts';

const GENERATORS = join(import.meta.dirname, '../../generators');
const DOCUMENT = join(import.meta.dirname, '../../../contracts/openapi.json');
const LONGEST_MS = 240_000;

/** Each by its program and what it is told; they write to out/. */
const MAKERS: Readonly<Record<string, readonly string[]>> = {
  'openapi-typescript': ['openapi.json', '-o', 'out/openapi-typescript.d.ts'],
  'openapi-ts': ['-i', 'openapi.json', '-o', 'out/hey-api'],
  orval: ['--config', 'orval.config.mjs'],
};

/** Clients out of the committed document. The tools are heavy and need TypeScript 6: they are installed in a temporary folder. */
export function generators(): Proof {
  return {
    title: 'Three generators make clients that compile in strict mode, one runs the whole flow; redocly lint passes',
    async run(say) {
      const folder = await mkdtemp(join(tmpdir(), 'reelay-generators-'));
      try {
        await cp(GENERATORS, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
        await cp(DOCUMENT, join(folder, 'openapi.json'));
        const run = runnerIn(folder, say);
        run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
        const made = Object.entries(MAKERS).map(([name, args]) => run(tool(folder, name), args).ok);
        const compiled = run(tool(folder, 'tsc'), ['-p', 'tsconfig.json']);
        const lint = run(tool(folder, 'redocly'), [
          'lint',
          'openapi.json',
          '--extends',
          'recommended',
          '--format',
          'json',
        ]);
        const flow = await flowWith((house) => run('node', [join(folder, 'js/flow.js'), house.apiUrl, house.key]));
        say(flow.stdout.trim());
        const { totals } = JSON.parse(lint.stdout) as { totals: { errors: number; warnings: number } };
        const figures = {
          made: made.filter(Boolean).length,
          files: (await readdir(join(folder, 'out'), { recursive: true })).length,
          compiled: compiled.ok,
          lint_errors: totals.errors,
          lint_warnings: totals.warnings,
        };
        return show(figures, {
          'all three make a client': figures.made === Object.keys(MAKERS).length,
          'the clients and the flow compile in strict mode': compiled.ok,
          'redocly finds no error': lint.ok && totals.errors === 0,
          'the generated client runs the whole flow': flow.ok && isAsExpected(JSON.parse(flow.stdout)),
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function flowWith<T>(flow: (house: Reelay) => T): Promise<T> {
  const house = await startReelay({ simulatorEnv: { SIMULATOR_MEDIAN: '1s' } });
  try {
    return flow(house);
  } finally {
    await house.stop();
  }
}

function tool(folder: string, name: string): string {
  return join(folder, 'node_modules/.bin', name);
}

/** Runs a command in the folder to its end; says its output when it fails. */
function runnerIn(folder: string, say: (line: string) => void) {
  return (command: string, args: readonly string[]): { ok: boolean; stdout: string } => {
    const { status, stdout, stderr } = spawnSync(command, [...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: LONGEST_MS,
      maxBuffer: 32 * 1024 * 1024,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    const ok = status === 0;
    if (!ok) say(`${command} ended with ${status}: ${stdout.slice(-3_000)} ${stderr.slice(-3_000)}`);
    return { ok, stdout };
  };
}

function isAsExpected(flow: Readonly<Record<string, unknown>>): boolean {
  const expected = {
    status: 'Success',
    sameTask: true,
    replayed: 'true',
    urls: 1,
    error: null,
    madeBy: 'a generated client',
    listed: true,
    refusedAt: '/parameters/duration',
    lateCancel: 'already_final',
  };
  return Object.entries(expected).every(([name, value]) => flow[name] === value);
}

import { Command } from 'commander';
import { addListen } from './commands/listen.ts';
import { addModels } from './commands/models.ts';
import { addSubmit } from './commands/submit.ts';
import { addCancel, addEvents, addGet, addList, addRetry, addWait } from './commands/tasks.ts';
import { EXIT, endingOf } from './exit-code.ts';
import type { Io } from './io.ts';
import { connect, type GlobalOptions } from './settings.ts';

const HELP = `
Without --url it is the Reelay of this machine (http://127.0.0.1:3000), with the key that npm start makes.
Results go to stdout, everything else to stderr. NO_COLOR is obeyed.

Exit codes:
  0    done
  1    the task ended without a video
  2    the command line is wrong
  3    the api refused or was not reached, or the video could not be fetched
  124  the task has not ended within --timeout; it goes on
  130  Ctrl-C; the task goes on

Examples:
  reelay submit "A girl dances" --model openai/sora-2/text-to-video --wait -o out.mp4
  reelay list --status failed
  reelay listen --forward-to http://127.0.0.1:4000/reelay
`;

/** Runs a command line (without node and script) to its end, and gives its exit code. Never rejects. */
export async function runCommandLine(
  io: Io,
  { version, argv }: { version: string; argv: readonly string[] },
): Promise<number> {
  try {
    await buildProgram(io, version).parseAsync(argv, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    const { code, says } = endingOf(error);
    if (says !== undefined) io.err(says);
    return code;
  }
}

/** As commander knows it; parsing runs the command. It throws CommanderError where commander would exit. */
function buildProgram(io: Io, version: string): Command {
  const program = new Command('reelay')
    .description('Submit video tasks to Reelay, wait for them, and try webhooks out.')
    .version(version)
    .option('--url <url>', 'where Reelay is (REELAY_URL)')
    .option('--key <key>', 'a Reelay key (REELAY_API_KEY, which others do not see)')
    .option('--json', 'print JSON: one object, or one on each line')
    .addHelpText('after', HELP)
    .showHelpAfterError('(reelay --help says more)')
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) })
    .exitOverride();
  const begin = () => {
    const options = program.opts<GlobalOptions>();
    return { io, json: options.json ?? false, reelay: connect(options, io.env) };
  };
  const adders = [addSubmit, addGet, addList, addWait, addCancel, addRetry, addEvents, addModels, addListen];
  for (const add of adders) add(program, begin);
  return program;
}

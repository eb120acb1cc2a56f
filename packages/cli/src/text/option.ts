import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../exit-code.ts';
import { parseDuration } from './duration.ts';

/** The options of a command that can wait for a task's end. */
export function addWaitOptions(command: Command, { always = false } = {}): Command {
  if (!always) command.option('-w, --wait', 'wait for its end');
  return command
    .option('-o, --output <file>', `save the video${always ? '' : '; waits for it'}`)
    .option('-t, --timeout <duration>', 'wait no longer than this, e.g. 90s or 15m; default 1h', valued(parseDuration));
}

/** The parser of an option that may be repeated. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** The parser of an option's value, whose UsageError commander tells together with the option's name. */
export function valued<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof UsageError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

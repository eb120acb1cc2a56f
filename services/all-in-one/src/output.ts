import { prettyFactory } from 'pino-pretty';

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: Number.POSITIVE_INFINITY };
export type Level = Exclude<keyof typeof LEVELS, 'silent'>;

const COLOURS = [36, 33, 35, 32, 34, 96]; // ANSI: cyan, yellow, magenta, green, blue, bright cyan
const NAME_WIDTH = 'generation-worker'.length;
const OWN_NAME = 'reelay';

export interface Output {
  /** A line that a process wrote. One that is not a JSON log line is wrapped into one with `level`, never lost. */
  line(name: string, text: string, level: Level): void;
  /** Something that the parent itself has to say. */
  say(level: Level, msg: string, fields?: object): void;
}

export interface OutputOptions {
  /** Pretty lines with a name before them; else the JSON lines as they are. */
  readonly pretty: boolean;
  readonly colour: boolean;
  /** Lines below it are left out. */
  readonly level: string;
  write(text: string): void;
  time(): Date;
}

/** Brings the log lines of all processes together on one standard output. */
export function createOutput(options: OutputOptions): Output {
  const { write, time } = options;
  const threshold = LEVELS[options.level as keyof typeof LEVELS] ?? LEVELS.info;
  const format = options.pretty ? prettyFormat(options.colour) : (_name: string, text: string) => `${text}\n`;
  const line = (name: string, text: string, level: Level) => {
    const parsed = parseLogLine(text);
    if (levelOf(parsed?.['level'] ?? level) < threshold) return;
    write(format(name, parsed ? text : wrap({ level, service: name, msg: text })));
  };
  const wrap = (fields: { level: Level; service: string; msg: string }) =>
    JSON.stringify({ time: time().toISOString(), ...fields });
  return {
    line,
    say: (level, msg, fields = {}) => line(OWN_NAME, wrap({ level, service: OWN_NAME, msg, ...fields }), level),
  };
}

/** The fields of a log line, or undefined when it is none. */
export function parseLogLine(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function levelOf(level: unknown): number {
  if (typeof level === 'number') return level;
  return LEVELS[level as keyof typeof LEVELS] ?? LEVELS.info;
}

function prettyFormat(colour: boolean): (name: string, text: string) => string {
  const pretty = prettyFactory({
    colorize: colour,
    ignore: 'pid,hostname,service',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  const seen: string[] = [];
  return (name, text) => {
    if (!seen.includes(name)) seen.push(name);
    const label = `${name.padEnd(NAME_WIDTH)} │ `;
    const prefix = colour ? `\u001b[${COLOURS[seen.indexOf(name) % COLOURS.length]}m${label}\u001b[39m` : label;
    return String(pretty(text) ?? text)
      .trimEnd()
      .split('\n')
      .map((part) => `${prefix}${part}\n`)
      .join('');
  };
}

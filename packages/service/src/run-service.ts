import { ConfigError, processSettings, readConfig, type Setting, type ValuesOf } from '@reelay/config';
import { createLogger, type Logger } from '@reelay/telemetry';
import closeWithGrace from 'close-with-grace';
import { CannotStart, EXIT_CONFIG } from './cannot-start.ts';

/** A started service. */
export interface Running {
  /** What its `ready` line says beside the name, e.g. `{ url }`. */
  readonly ready: object;
  /** Ends what is under way and closes what is open; has SHUTDOWN_GRACE to do it. */
  stop(): Promise<void>;
  /** The last thing that happens in the process, however it ends but by SIGKILL: the chance to log what is let go. */
  onExit?(): void;
}

type ConfigOf<S> = ValuesOf<S> & ValuesOf<typeof processSettings>;
type AllSettings = Readonly<Record<string, Setting<unknown>>>;

/**
 * The life of one process, the same for every service: settings (every problem on one line each, exit 78), start (a
 * plain sentence and an exit code when it cannot), the log line `ready`, and an orderly end at SIGTERM, SIGINT, or when
 * the parent that started it has gone. Call it once, from main.ts.
 */
export async function runService<S extends AllSettings>(about: {
  service: string;
  settings: S;
  start(config: ConfigOf<S>, log: Logger): Promise<Running>;
}): Promise<void> {
  const config: ConfigOf<S> = readOrExit(about.settings);
  const log = createLogger({ service: about.service, level: config.logLevel });
  let running: Running | undefined;

  const shutdown = closeWithGrace(
    {
      delay: config.shutdownGraceMs,
      logger: false,
      onTimeout: () => {
        log.error({ graceMs: config.shutdownGraceMs }, 'The grace is over; ending all the same');
      },
    },
    async ({ err, signal }) => {
      if (err) log.fatal({ err }, 'An unexpected error ends the process');
      else log.info({ signal }, 'Ending');
      await running?.stop().catch((err: unknown) => {
        log.error({ err }, 'Closing failed; what is still open ends with the process');
        throw err;
      });
      log.info({}, 'Ended');
    },
  );
  // A parent that was killed cannot send a signal any more, but its end of the channel closes.
  if (process.send) process.once('disconnect', shutdown.close);

  // Whatever ends the process: the grace, a second signal, a second error.
  process.once('exit', () => running?.onExit?.());

  try {
    running = await about.start(config, log);
    log.info(running.ready, 'ready');
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    for (const sentence of error.sentences) console.error(sentence);
    process.exit(error.exitCode);
  }
}

/** The service's settings and those of every process, read together so that every problem is told at once. */
function readOrExit<S extends AllSettings>(settings: S): ConfigOf<S> {
  try {
    const all: AllSettings = { ...settings, ...processSettings };
    return readConfig(process.env, all) as ConfigOf<S>;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) console.error(problem);
    process.exit(EXIT_CONFIG);
  }
}

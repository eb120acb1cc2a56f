export { CRASH_LABELS, type CrashLabel, type CrashPoint, crashPointFrom, NEVER_CRASH } from './crash-points.ts';
export { serveHealth } from './health-server.ts';
export { createLogger, type Logger } from './log.ts';
export { createMetrics, type Metrics } from './metrics.ts';

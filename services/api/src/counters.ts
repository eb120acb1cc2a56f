import type { Metrics } from '@reelay/telemetry';

/** Seconds. The last ones are those of `wait`. */
const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What the api counts of its requests. Labels are patterns and codes, never what a caller sent, so their number is bounded. */
export function createRequestCounters(metrics: Metrics) {
  return {
    requests: metrics.counter('http_requests', 'Answers; `code` is that of an error', [
      'method',
      'route',
      'status',
      'code',
    ]),
    seconds: metrics.histogram('http_request_seconds', 'From the headers to the last byte, streams left out', {
      labels: ['method', 'route'],
      buckets: BUCKETS,
    }),
    accepts: metrics.counter('accepts', 'Submits and retries by what became of them', ['outcome']),
    rateLimited: metrics.counter('rate_limited', 'Requests refused as too many, by what was counted', ['counted']),
  };
}

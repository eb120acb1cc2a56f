import type { Metrics } from '@reelay/telemetry';

export type StepCounters = ReturnType<typeof createStepCounters>;

/** What an operator wants to be woken by, as numbers that only rise. */
export function createStepCounters(metrics: Metrics) {
  return {
    submitUnknown: metrics.counter('submit_unknown', 'POSTs whose outcome is not known', ['outcome']),
    lateAnswers: metrics.counter('late_answers', 'Upstream ids that came after their task was settled'),
    unknownWords: metrics.counter('unknown_status_words', 'Status words that the upstream never documented'),
    polls: metrics.counter('polls', 'Status requests to the upstream', ['result']),
    refusedMoves: metrics.counter('refused_moves', 'Moves that the store refused', ['move']),
    repairs: metrics.counter('repairs', 'What the reconciler put right', ['what']),
  };
}

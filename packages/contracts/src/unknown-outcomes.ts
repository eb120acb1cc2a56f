import type { Block } from './page.ts';

const heading = (text: string): Block => ({ kind: 'heading', level: 2, text });
const text = (words: string): Block => ({ kind: 'text', text: words });
const list = (...items: string[]): Block => ({ kind: 'list', items });

/** What is known, what is not, and how to find out, for each code that says `unknown`. */
export const UNKNOWN_OUTCOMES: readonly Block[] = [
  { kind: 'heading', level: 1, text: 'When the outcome is unknown' },
  text(
    'A request can be lost after it left and before its answer came. Then nobody knows whether it took effect, and to guess would lose a task or pay twice. Reelay says that it does not know, and gives the ids to find out with.',
  ),

  heading('`accept_unknown`: was the task accepted?'),
  text(
    'An HTTP answer, 503. The task was written to Redis, the reply was lost, and a look for the task got no answer in time either. The answer has its `task_id`.',
  ),
  list(
    'With an `Idempotency-Key`: send the same request with the same key again, until it is answered. It is one task, however often it was sent.',
    'Without one: ask `GET /v1/tasks/{task_id}` until it is answered. 200: it was accepted and goes its way. 404: it was not accepted and never will be; send it anew.',
    'No answer at all (the connection was cut) is the same without an id: only a request with an `Idempotency-Key` can be repeated safely. So send one.',
  ),

  heading('`submit_unknown`: did the upstream take the task?'),
  text(
    'The end of a task. The request to generate the video had begun to leave, and no answer that can be read came back: a time-out, a cut connection, a 408, 409, 425 or 5xx, a 2xx without an id, or the worker that sent it was killed. The upstream has no idempotency, so Reelay does not send it a second time by itself: at most one video was started.',
  ),
  list(
    'Known: the request was valid; the task was sent at most once (or as often as `on_submit_unknown: "resubmit"` allowed).',
    'Not known: whether a video was generated, and whether it is billed. So `billed` is `unknown`.',
    '`retryable` is true because the same input may well succeed. It does not say that a retry is free: a retry is a new task, and if the upstream took the first one, a second video is paid for. Look first, then retry.',
  ),
  text('How to look:'),
  list(
    'Read the task: `GET /v1/tasks/{id}`. If `late_upstream_task_id` is there, the answer of the upstream came after all, after the task had been settled: the upstream has the task, and bills it.',
    "Ask the upstream for that id with the operator's key, as below. Its urls are the video that was paid for.",
    "Without an id: the operator looks in the upstream's console for a task with the same model and prompt, made between `created_at` and `finished_at` of the task.",
    'Nothing there: retry with `POST /v1/tasks/{id}/retry`.',
  ),
  {
    kind: 'code',
    text: 'curl -H "Authorization: $MODELVERSE_API_KEY" \\\n  "$MODELVERSE_BASE_URL/v1/tasks/status?task_id=<late_upstream_task_id>"',
  },

  heading('A late answer'),
  text(
    'A worker that was frozen, or cut off from Redis, can hold the answer of the upstream when another one has settled its task already. A final state never changes, so the task stays `failed` and its event stays as it was sent. The id of the upstream is kept in `late_upstream_task_id`, logged as an error, and counted in `reelay_late_answers_total`.',
  ),

  heading('`on_submit_unknown: "resubmit"`'),
  text(
    'For those who would rather pay twice than wait for a person. A submit of unknown outcome is then sent again, at most `max_resubmits` times (1 by default, 3 at most). If the task ends badly after that, `billed` stays `unknown`: the earlier one may have been taken.',
  ),

  heading('`finish_deadline` and `upstream_task_lost`: what became of the video?'),
  text(
    'Here the upstream did give an id: it is `upstream_task_id` of the task. It was not final at the first look after `finish_by`, or the upstream said three times in a row that it knows no such task. Ask for that id as above before a retry: the video may be ready by now.',
  ),
];

import type { SubmitRequest } from '@reelay/client';
import { Argument, type Command, Option } from 'commander';
import { UsageError } from '../exit-code.ts';
import type { Begin, Run } from '../settings.ts';
import { parseSeconds } from '../text/duration.ts';
import { readObject, readPairs, readTexts } from '../text/input.ts';
import { addWaitOptions, collect, valued } from '../text/option.ts';
import { type EndOptions, requireWritable, seeItEnd } from './see-it-end.ts';

interface SubmitOptions extends EndOptions {
  readonly model: string;
  readonly input?: string;
  readonly parameters?: string;
  readonly param: readonly string[];
  readonly metadata: readonly string[];
  readonly webhookUrl?: string;
  readonly priority?: 'high' | 'normal' | 'low';
  readonly startWithin?: number;
  readonly finishWithin?: number;
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
}

export function addSubmit(program: Command, begin: Begin): void {
  addWaitOptions(program.command('submit'))
    .description('submit a task; prints its id, or with --wait the url of its video')
    .addArgument(new Argument('[prompt]', 'the prompt of its input'))
    .requiredOption('-m, --model <id>', 'a model; reelay models lists them')
    .option('-p, --param <name=value>', 'a parameter of the model; may be repeated', collect, [])
    .option('--input <json>', 'the whole input, as a JSON object or @file')
    .option('--parameters <json>', 'all parameters, as a JSON object or @file')
    .option('--metadata <name=value>', 'a word of your own; may be repeated', collect, [])
    .option('--webhook-url <url>', 'where its events go')
    .addOption(new Option('--priority <priority>', 'among the queued').choices(['high', 'normal', 'low']))
    .option('--start-within <duration>', 'how long it may be queued, e.g. 2h', valued(parseSeconds))
    .option('--finish-within <duration>', 'how long it may run, e.g. 30m', valued(parseSeconds))
    .option('--idempotency-key <key>', 'the same key and request make one task, however often it is run')
    .action((prompt: string | undefined, options: SubmitOptions) => submit(begin(), prompt, options));
}

async function submit(run: Run, prompt: string | undefined, options: SubmitOptions): Promise<void> {
  const { io, reelay, json } = run;
  const request = await requestOf(prompt, options);
  await requireWritable(options);
  const { idempotencyKey, output } = options;
  const { id } = await reelay.tasks.create(request, { signal: io.signal, ...(idempotencyKey && { idempotencyKey }) });
  if (options.wait || output !== undefined) {
    return seeItEnd(run, { id, model: request.model, createdAtMs: io.nowMs() }, options);
  }
  io.out(json ? JSON.stringify({ id }) : id);
  io.err(`Accepted. To wait for it: reelay wait ${id}`);
}

async function requestOf(prompt: string | undefined, options: SubmitOptions): Promise<SubmitRequest> {
  const input = {
    ...(options.input !== undefined && (await readObject('--input', options.input))),
    ...(prompt !== undefined && { prompt }),
  };
  if (Object.keys(input).length === 0) throw new UsageError('There is nothing to submit: give a prompt, or --input.');
  const parameters = {
    ...(options.parameters !== undefined && (await readObject('--parameters', options.parameters))),
    ...readPairs('--param', options.param),
  };
  const metadata = readTexts('--metadata', options.metadata);
  const { model, webhookUrl, priority, startWithin, finishWithin } = options;
  return {
    model,
    input,
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(webhookUrl && { webhook_url: webhookUrl }),
    ...(priority && { priority }),
    ...(startWithin !== undefined && { start_within: startWithin }),
    ...(finishWithin !== undefined && { finish_within: finishWithin }),
  };
}

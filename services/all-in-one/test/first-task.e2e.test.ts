import { eventually, getTask, submitTask } from '@reelay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aDataFolder, type House, startHouse } from './npm-start.ts';
import { startReceiver } from './receiver.ts';
import { hasCurl, shell } from './shell.ts';

// Issue 2, "Must show" 1: what a person does in the first minute, against one `npm start`.

const ends: (() => Promise<void>)[] = [];
let house: House;
beforeAll(async () => {
  house = await startHouse(await aDataFolder((end) => ends.push(end)), { SIMULATOR_MEDIAN: '1500ms' });
});
afterAll(async () => {
  house?.ctrlC();
  await house?.exited;
  for (const end of ends) await end();
});

interface Submitted {
  readonly output: { readonly task_id: string };
  readonly request_id: string;
}

interface Status {
  readonly output: { readonly task_status: string; readonly urls?: readonly string[] };
}

/** Follows a task over the compatible endpoint until its end: the words that were seen, and the urls. */
async function follow(id: string) {
  const words: string[] = [];
  const urls = await eventually(
    async () => {
      const url = `${house.apiUrl}/v1/tasks/status?task_id=${id}`;
      const answer = await fetch(url, { headers: { authorization: house.key } });
      const { output } = (await answer.json()) as Status;
      if (words.at(-1) !== output.task_status) words.push(output.task_status);
      expect(output.task_status).toBe('Success');
      return output.urls ?? [];
    },
    { timeoutMs: 10_000 },
  );
  return { words, urls };
}

test.skipIf(!hasCurl)(
  "the seed's curl gives a task that goes from Pending over Running to Success with a video",
  async () => {
    const curl = `curl --location --globoff '${house.apiUrl.replace('127.0.0.1', 'localhost')}/v1/tasks/submit' --header 'Authorization: ${house.key}' \\
 --header 'Content-Type: application/json' --data '{"model":"openai/sora-2/text-to-video",
 "input":{"prompt":"A beautiful girl is dancing"},"parameters":{"size":"720x1280","duration":4}}'`;
    const answer: Submitted = JSON.parse(await shell(curl));
    expect(answer).toEqual({
      output: { task_id: expect.stringMatching(/^task_\w+$/) },
      request_id: expect.stringMatching(/./),
    });

    const { words, urls } = await follow(answer.output.task_id);
    expect(words).toEqual(['Pending', 'Running', 'Success']);
    expect(urls).toHaveLength(1);
    const video = await fetch(urls[0] ?? '');
    expect(video.headers.get('content-type')).toBe('video/mp4');
    const bytes = Buffer.from(await video.arrayBuffer());
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp');
    expect(bytes.includes('moov')).toBe(true);
  },
);

test.skipIf(!hasCurl)(
  'the curl of the first screen works as it stands, and its webhook is in the inbox with a valid signature',
  async () => {
    const screen = await house.screen;
    const submit = /^curl '[\s\S]*?\n(?= *\n|Its)/m.exec(screen)?.[0] ?? '';
    const look = /^curl \S+\/inbox$/m.exec(screen)?.[0] ?? '';
    const answer: Submitted = JSON.parse(await shell(submit));
    await eventually(async () => {
      const inbox: { data: { signature: string; body: { data: { id: string } } }[] } = JSON.parse(await shell(look));
      const webhook = inbox.data.find(({ body }) => body.data.id === answer.output.task_id);
      expect(webhook).toMatchObject({ signature: 'valid', body: { type: 'task.succeeded' } });
    });
  },
);

test("a receiver of one's own verifies the webhook with the stock library and the secret on the screen", async () => {
  const receiver = await startReceiver(() => house.secret);
  ends.push(receiver.close);
  const told = await submitTask(house, { prompt: 'a receiver', webhookUrl: receiver.url });
  await eventually(() => expect(receiver.received).toHaveLength(1));
  expect(told).toMatchObject({ outcome: 'accepted', taskId: receiver.received[0]?.task });
  expect(receiver.refused).toEqual([]);
});

test('a task that fails upstream ends as failed, with one webhook that says so', async () => {
  const receiver = await startReceiver(() => house.secret);
  ends.push(receiver.close);
  const told = await submitTask(house, { prompt: '[takes=200ms][fail]', webhookUrl: receiver.url });
  if (told.outcome !== 'accepted') throw new Error(`It was not accepted: ${told.outcome}`);
  await eventually(() => expect(receiver.received.map(({ type }) => type)).toEqual(['task.failed']));
  expect(await getTask(house, told.taskId)).toMatchObject({ status: 'failed', submit_attempts: 1 });
});

test('the log holds neither the secret nor a prompt', async () => {
  const log = house.text().replace(await house.screen, '');
  expect(log).not.toContain(house.secret);
  expect(log).not.toContain('beautiful');
});

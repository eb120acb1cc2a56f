import { cancelTask, getTask, getTaskStatus, listTasks, submitTask } from './out/hey-api';
import { client } from './out/hey-api/client.gen';

// The whole flow with a generated client: `npm run prove -- api 4` compiles it in strict mode and runs it.

const [baseUrl = '', key = ''] = process.argv.slice(2);
client.setConfig({ baseUrl, auth: key });

const body = {
  model: 'openai/sora-2/text-to-video',
  input: { prompt: 'A beautiful girl is dancing' },
  parameters: { size: '720x1280', duration: 4 },
  metadata: { made_by: 'a generated client' },
};

async function run(): Promise<void> {
  const headers = { 'Idempotency-Key': 'generated-1' };
  const first = await submitTask({ body, headers, throwOnError: true });
  const again = await submitTask({ body, headers, throwOnError: true });
  const id = first.data.output.task_id;

  let status = '';
  for (let asked = 0; asked < 150 && status !== 'Success'; asked++) {
    const { data } = await getTaskStatus({ query: { task_id: id }, throwOnError: true });
    status = data.output.task_status;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const task = await getTask({ path: { id }, throwOnError: true });
  const list = await listTasks({ query: { limit: 10 }, throwOnError: true });
  const refused = await submitTask({ body: { ...body, parameters: { duration: 5 } } });
  const late = await cancelTask({ path: { id } });

  console.log(
    JSON.stringify({
      status,
      sameTask: again.data.output.task_id === id,
      replayed: again.response.headers.get('Idempotency-Replayed'),
      urls: task.data.urls.length,
      error: task.data.error,
      madeBy: task.data.metadata['made_by'],
      listed: list.data.data.some((one) => one.id === id),
      refusedAt: refused.error?.errors?.[0]?.pointer,
      lateCancel: late.error?.code,
    }),
  );
}

run().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

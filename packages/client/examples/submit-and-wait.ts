// Submits a task, waits for its video and saves it:
//   REELAY_URL=http://127.0.0.1:3000 REELAY_API_KEY=rk_dev_local node submit-and-wait.ts "A girl dances" out.mp4
import { Reelay, ReelayError, TaskFailedError, WaitTimeoutError } from '@reelay/client';
import { saveTo } from '@reelay/client/node';

const { REELAY_URL: baseUrl = '', REELAY_API_KEY: key = '' } = process.env;
const [prompt = '', file = 'out.mp4'] = process.argv.slice(2);

try {
  const reelay = new Reelay({ baseUrl, key });
  const task = await reelay.tasks.createAndWait(
    { model: 'openai/sora-2/text-to-video', input: { prompt }, parameters: { size: '720x1280', duration: 4 } },
    { onStatus: (status) => console.error(status), waitTimeoutMs: 15 * 60_000 },
  );
  const bytes = await saveTo(file, await reelay.tasks.download(task));
  console.log(`${task.id}: ${bytes} bytes in ${file}`);
} catch (error) {
  if (error instanceof WaitTimeoutError) console.error(`Not yet: ${error.taskId} goes on, wait for it again`);
  else if (error instanceof TaskFailedError) console.error(`No video: ${error.task.error?.message}`);
  else if (error instanceof ReelayError) console.error(`${error.message}; is there a task now? ${error.accepted}`);
  else throw error;
  process.exitCode = 1;
}

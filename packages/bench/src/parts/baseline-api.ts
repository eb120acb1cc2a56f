import { Queue } from 'bullmq';
import { type BaselineSettings, connectionOf, JOB_OPTIONS, type StepData, TASKS } from './baseline.ts';
import { settingsOf } from './conversation.ts';
import { servePlainApi } from './plain-api.ts';

const settings = settingsOf<BaselineSettings>();
const tasks = new Queue<StepData>(TASKS, { connection: connectionOf(settings), defaultJobOptions: JOB_OPTIONS });

await servePlainApi(async (task) => (await tasks.add('task', { task })).id ?? '', settings.port);
process.on('SIGTERM', () => process.exit(0));

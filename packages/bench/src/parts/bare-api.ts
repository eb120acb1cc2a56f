import { randomUUID } from 'node:crypto';
import { settingsOf } from './conversation.ts';
import { servePlainApi } from './plain-api.ts';

// The physical limit: validation and an answer, nothing stored.

await servePlainApi(async () => randomUUID(), settingsOf<{ port: number }>().port);
process.on('SIGTERM', () => process.exit(0));

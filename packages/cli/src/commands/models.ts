import type { Command } from 'commander';
import type { Begin, Run } from '../settings.ts';

export function addModels(program: Command, begin: Begin): void {
  program
    .command('models')
    .description('list the models, or show one with the schema of its input')
    .argument('[id]')
    .action((id?: string) => (id === undefined ? listModels(begin()) : showModel(begin(), id)));
}

async function listModels({ io, reelay, json }: Run): Promise<void> {
  for await (const model of reelay.models.list({ signal: io.signal })) {
    const { id, status, usual_duration_s: usual, modes } = model;
    const line = `${id.padEnd(36)}  ${status.padEnd(9)}  about ${usual} s  ${modes.join(', ')}`;
    io.out(json ? JSON.stringify(model) : line);
  }
}

async function showModel({ io, reelay, json }: Run, id: string): Promise<void> {
  const model = await reelay.models.get(id, { signal: io.signal });
  io.out(JSON.stringify(model, null, json ? 0 : 2));
}

import { writeFile } from 'node:fs/promises';
import { runBench } from './bench.ts';
import { type BenchOptions, readOptions, USAGE } from './options.ts';
import { reportOf, tableOf } from './report.ts';

// npm run bench: Reelay beside the shortest honest BullMQ version and bare Fastify, on the same work (docs/performance.md).

function chosen(): { options: BenchOptions; json: string | undefined } {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\nUse: ${USAGE}`);
    process.exit(2);
  }
}

const { options, json } = chosen();
const report = reportOf(await runBench(options, (line) => console.error(line)), options);
console.log(tableOf(report));
const text = JSON.stringify(report);
if (json) await writeFile(json, `${text}\n`);
else console.log(`\n${text}`);
process.exit(report.booksBalance ? 0 : 1);

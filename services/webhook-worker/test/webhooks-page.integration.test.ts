import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { createWebhookSender, DEFAULT_RETRY_SCHEDULE_MS, newWebhookSecret } from '@reelay/webhooks';
import { afterAll, expect, test } from 'vitest';
import { eventBody } from '../src/event-body.ts';
import { signedRequest } from '../src/signed-request.ts';
import { aSucceededTask, FINISHED_AT } from './setup.ts';

// docs/webhooks.md: every snippet is run, each against a delivery that really went over the wire.

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/webhooks.md'), 'utf8');
// Not in the system's temporary folder: the first snippet imports a package of this workspace.
const folder = mkdtempSync(join(import.meta.dirname, '../node_modules/.snippets-'));
afterAll(() => rmSync(folder, { recursive: true }));

function snippet(fence: string): string {
  const [, code] = new RegExp(`^\`\`\`${fence}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(PAGE) ?? [];
  if (code === undefined) throw new Error(`docs/webhooks.md has no block ${fence}`);
  return code;
}

interface Message {
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One delivery as its receiver got it. `ageMs`: how long ago it was signed. */
async function delivered({ ageMs = 0, secrets }: { ageMs?: number; secrets?: string[] } = {}): Promise<Message> {
  const secret = newWebhookSecret(randomBytes);
  const got = Promise.withResolvers<Omit<Message, 'secret'>>();
  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString();
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    response.writeHead(204).end();
    got.resolve({ headers, body });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const rules = { allowHttp: true, allowedCidrs: ['127.0.0.0/8'], userAgent: 'Reelay/test' };
  const sender = createWebhookSender({ ...rules, clock: { now: Date.now, monotonicMs: () => performance.now() } });
  const body = eventBody(aSucceededTask(), 'task.succeeded', { version: 1, sequence: 5, at: FINISHED_AT });
  const message = { id: 'msg_01JNABC_succeeded', body };
  await sender.post(signedRequest(message, { caller: 'acme', url, secrets: secrets ?? [secret] }, Date.now() - ageMs));
  await sender.close();
  server.close();
  return { secret, ...(await got.promise) };
}

/** Reads messages as JSON lines, and answers each with `ok` or `refused: …`. */
interface Language {
  readonly name: string;
  readonly file: string;
  readonly code: string;
  readonly command: readonly string[];
}

const JS_LOOP = `
import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    console.log(verify(secret, headers, body).type === 'task.succeeded' ? 'ok' : 'not what was sent');
  } catch (error) {
    console.log(\`refused: \${error.message}\`);
  }
}
`;
const PYTHON_LOOP = `
import sys
for line in sys.stdin:
    message = json.loads(line)
    try:
        event = verify(message["secret"], message["headers"], message["body"].encode())
        print("ok" if event["type"] == "task.succeeded" else "not what was sent")
    except ValueError as error:
        print(f"refused: {error}")
`;
const GO_LOOP = `
func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var message struct {
			Secret  string
			Headers map[string]string
			Body    string
		}
		if err := json.Unmarshal(lines.Bytes(), &message); err != nil {
			panic(err)
		}
		headers := http.Header{}
		for name, value := range message.Headers {
			headers.Set(name, value)
		}
		if err := Verify(message.Secret, headers, []byte(message.Body)); err != nil {
			fmt.Println("refused:", err)
		} else {
			fmt.Println("ok")
		}
	}
}
`;
const goProgram = () =>
  snippet('go')
    .replace('package receiver', 'package main')
    .replace('import (', 'import (\n\t"bufio"\n\t"encoding/json"\n\t"fmt"\n\t"os"') + GO_LOOP;

const LANGUAGES: readonly Language[] = [
  {
    name: 'Node with the library',
    file: 'library.mjs',
    code: snippet('js standardwebhooks') + JS_LOOP,
    command: [process.execPath],
  },
  { name: 'Node', file: 'node.mjs', code: snippet('js node') + JS_LOOP, command: [process.execPath] },
  { name: 'Python', file: 'receiver.py', code: snippet('python') + PYTHON_LOOP, command: ['python3'] },
  { name: 'Go', file: 'receiver.go', code: goProgram(), command: ['go', 'run'] },
];

function isHere([program = '']: readonly string[]): boolean {
  const version = program === 'go' ? 'version' : '--version';
  return spawnSync(program, [version]).status === 0;
}

async function verdicts({ file, code, command }: Language, messages: readonly Message[]): Promise<string[]> {
  const path = join(folder, file);
  writeFileSync(path, code);
  const [program = '', ...args] = command;
  const child = spawn(program, [...args, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  return (await text(child.stdout)).trim().split('\n');
}

for (const language of LANGUAGES) {
  const run = isHere(language.command) ? test : test.skip;
  if (run === test.skip) {
    console.warn(`\n!!! ${language.name} is not on this machine: its snippet of docs/webhooks.md is NOT checked !!!\n`);
  }
  run(`${language.name}: the snippet takes what Reelay sent, and nothing else`, { timeout: 60_000 }, async () => {
    const [good, old, future] = await Promise.all([
      delivered(),
      delivered({ ageMs: 301_000 }),
      delivered({ ageMs: -310_000 }),
    ]);
    const secret = newWebhookSecret(randomBytes);
    const rotating = await delivered({ secrets: [newWebhookSecret(randomBytes), secret] });
    const { 'webhook-signature': _signature, ...unsigned } = good.headers;
    const cases: [message: Message, verdict: unknown][] = [
      [good, 'ok'],
      [{ ...rotating, secret }, 'ok'],
      [{ ...good, body: good.body.replace('openai', 'openaj') }, expect.stringMatching(/^refused/)],
      [old, expect.stringMatching(/^refused/)],
      [future, expect.stringMatching(/^refused/)],
      [{ ...good, secret }, expect.stringMatching(/^refused/)],
      [{ ...good, headers: { ...good.headers, 'webhook-id': 'msg_another' } }, expect.stringMatching(/^refused/)],
      [{ ...good, headers: { ...good.headers, 'webhook-timestamp': 'NaN' } }, expect.stringMatching(/^refused/)],
      [{ ...good, headers: unsigned }, expect.stringMatching(/^refused/)],
    ];
    const messages = cases.map(([message]) => message);
    expect(await verdicts(language, messages)).toEqual(cases.map(([, verdict]) => verdict));
  });
}

test('the table of attempts is the schedule', () => {
  const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000 };
  const rows = [...PAGE.matchAll(/^\| (\d+) +\| (\d+) (s|min|h) +\|$/gm)];
  expect(rows.map(([, , count, unit = '']) => Number(count) * (UNIT_MS[unit] ?? Number.NaN))).toEqual(
    DEFAULT_RETRY_SCHEDULE_MS,
  );
  expect(rows.map(([, attempt]) => Number(attempt))).toEqual(DEFAULT_RETRY_SCHEDULE_MS.map((_, index) => index + 2));
  const hours = DEFAULT_RETRY_SCHEDULE_MS.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
  expect(PAGE).toContain(`That is ${hours.toFixed(1)} hours`);
});

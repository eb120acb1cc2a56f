import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { WebhookVerificationError } from '../src/errors.ts';
import { unwrap } from '../src/unwrap.ts';

const secretOf = (word: string) => `whsec_${Buffer.alloc(32, word).toString('base64')}`;
const secret = secretOf('one');
const body = JSON.stringify({ type: 'task.succeeded', timestamp: '2026-03-01T12:00:00.000Z', data: { id: 'task_1' } });

function signed(text = body, { at = new Date(), by = [secret] }: { at?: Date; by?: readonly string[] } = {}) {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': by.map((one) => new Webhook(one).sign('msg_1', at, text)).join(' '),
  };
}

const minutes = (count: number) => new Date(Date.now() + count * 60_000);

describe('unwrap gives the event of', () => {
  test('a body that is text, bytes or a Buffer', () => {
    const event = JSON.parse(body);
    expect(unwrap(body, signed(), secret)).toEqual(event);
    expect(unwrap(new TextEncoder().encode(body), signed(), secret)).toEqual(event);
    expect(unwrap(Buffer.from(body), signed(), secret)).toEqual(event);
  });

  test('headers as fetch, Node and Express give them', () => {
    expect(unwrap(body, new Headers(signed()), secret)).toMatchObject({ type: 'task.succeeded' });
    expect(unwrap(body, { ...signed(), cookie: undefined, via: ['a', 'b'] }, secret)).toMatchObject({ data: {} });
  });

  test('either secret while both sign, and whichever of several is known', () => {
    const both = signed(body, { by: [secretOf('two'), secret] });
    for (const one of [secret, secretOf('two')]) expect(unwrap(body, both, one)).toBeDefined();
    expect(unwrap(body, signed(), [secretOf('two'), secret])).toBeDefined();
  });

  test('a text beyond ASCII', () => {
    const text = JSON.stringify({ type: 'task.failed', data: { error: { message: 'Verweigert: 舞 💃' } } });
    expect(unwrap(Buffer.from(text), signed(text), secret)).toEqual(JSON.parse(text));
  });
});

describe('unwrap refuses', () => {
  const refusal = (work: () => unknown) => expect(work).toThrow(WebhookVerificationError);

  test('a changed body, id or timestamp', () => {
    refusal(() => unwrap(body.replace('succeeded', 'failed'), signed(), secret));
    refusal(() => unwrap(body, { ...signed(), 'webhook-id': 'msg_2' }, secret));
    refusal(() =>
      unwrap(body, { ...signed(), 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 9) }, secret),
    );
  });

  test('what was signed more than five minutes ago, or ahead of us', () => {
    refusal(() => unwrap(body, signed(body, { at: minutes(-6) }), secret));
    refusal(() => unwrap(body, signed(body, { at: minutes(6) }), secret));
    expect(unwrap(body, signed(body, { at: minutes(-4) }), secret)).toBeDefined();
  });

  test('another secret, or none', () => {
    refusal(() => unwrap(body, signed(), secretOf('two')));
    expect(() => unwrap(body, signed(), [])).toThrow(/There is no secret/);
    refusal(() => unwrap(body, signed(), ''));
  });

  test('missing headers', () => refusal(() => unwrap(body, {}, secret)));

  test('bytes that are no UTF-8', () => refusal(() => unwrap(new Uint8Array([0xff, 0xfe]), signed(), secret)));

  test('a body that was parsed already, and says what to do', () => {
    // @ts-expect-error the types refuse it too
    expect(() => unwrap({ type: 'task.succeeded' }, signed(), secret)).toThrow(/needs the raw body/);
  });
});

test('an event narrows by its type', () => {
  const event = unwrap(body, signed(), secret);
  if (event.type === 'task.failed') {
    const code: string = event.data.error.code;
    expect(code).toBeDefined();
  } else if (event.type === 'task.succeeded') {
    const nothing: null = event.data.error;
    expect(nothing).toBeUndefined(); // the short body of these tests has none
  } else if (event.type === 'webhook.test') {
    // @ts-expect-error a test is about no task
    event.data.urls;
  }
});

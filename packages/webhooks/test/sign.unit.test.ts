import { randomBytes } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { newWebhookSecret, sign } from '../src/index.ts';

const BODY = '{"type":"task.succeeded","data":{"prompt":"日本 ✓"}}';

function aDelivery(secrets: readonly string[], { ageSeconds = 0 } = {}) {
  const timestampSeconds = Math.floor(Date.now() / 1000) - ageSeconds;
  const signature = sign({ id: 'msg_1', timestampSeconds, body: BODY, secrets });
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signature,
  };
}

test('the vector that the Standard Webhooks libraries publish comes out byte for byte', () => {
  const signature = sign({
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestampSeconds: 1614265330,
    body: '{"test": 2432232314}',
    secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  });
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test("the stock library signs the specification's example message in the same way", () => {
  const secret = newWebhookSecret(randomBytes);
  const body =
    '{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}';
  const message = { id: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W', timestampSeconds: 1674087231, body, secrets: [secret] };
  expect(sign(message)).toBe(new Webhook(secret).sign(message.id, new Date(message.timestampSeconds * 1000), body));
});

test('a new secret is whsec_ and 32 random bytes in base64', () => {
  const secret = newWebhookSecret(() => Buffer.alloc(32, 1));
  expect(secret).toBe(`whsec_${Buffer.alloc(32, 1).toString('base64')}`);
  expect(newWebhookSecret(randomBytes)).not.toBe(newWebhookSecret(randomBytes));
});

test('the stock library verifies a delivery', () => {
  const secret = newWebhookSecret(randomBytes);
  expect(new Webhook(secret).verify(BODY, aDelivery([secret]))).toEqual(JSON.parse(BODY));
});

test('during a rotation the delivery verifies with the new and with the old secret, and with no other', () => {
  const [fresh, old, other] = [1, 2, 3].map((byte) => newWebhookSecret(() => Buffer.alloc(32, byte))) as [
    string,
    string,
    string,
  ];
  const headers = aDelivery([fresh, old]);
  expect(new Webhook(fresh).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  expect(new Webhook(old).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  expect(() => new Webhook(other).verify(BODY, headers)).toThrow(WebhookVerificationError);
});

test('a changed byte of the body is refused', () => {
  const secret = newWebhookSecret(randomBytes);
  const changed = BODY.replace('succeeded', 'succeedeD');
  expect(() => new Webhook(secret).verify(changed, aDelivery([secret]))).toThrow('No matching signature found');
});

test('another webhook-id under the same signature is refused', () => {
  const secret = newWebhookSecret(randomBytes);
  const headers = { ...aDelivery([secret]), 'webhook-id': 'msg_2' };
  expect(() => new Webhook(secret).verify(BODY, headers)).toThrow('No matching signature found');
});

test('an old timestamp is refused', () => {
  const secret = newWebhookSecret(randomBytes);
  const headers = aDelivery([secret], { ageSeconds: 301 });
  expect(() => new Webhook(secret).verify(BODY, headers)).toThrow('Message timestamp too old');
});

test.each(['whsec_', '', 'plain text', 'whpk_AAAA'])('nothing is signed with the secret "%s"', (secret) => {
  expect(() => sign({ id: 'msg_1', timestampSeconds: 1, body: BODY, secrets: [secret] })).toThrow(/must be whsec_/);
});

test('nothing is signed without a secret', () => {
  expect(() => sign({ id: 'msg_1', timestampSeconds: 1, body: BODY, secrets: [] })).toThrow(/without a secret/);
});

import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Caller,
  type ChangeCaller,
  type CreateCaller,
  isoTime,
  type KeyInfo,
  type NewCaller,
} from '@reelay/contracts';
import { defineScripts, isRefusal, keyUnder, runScript } from '@reelay/redis';
import { newWebhookSecret } from '@reelay/webhooks';
import type { Redis } from 'ioredis';
import { callerFrom, keyFrom } from './caller-fields.ts';
import { type CallerPosition, PAGE, pageOf } from './page-of.ts';
import { SCRIPTS } from './scripts.ts';
import { createOpener, type SecretKeys, seal } from './secret-keys.ts';

export interface CallersDeps extends SecretKeys {
  readonly redis: Redis;
  readonly tag: string;
  /** Unix milliseconds. */
  now(): number;
}

/** Where a caller's events go by default, and the secrets that sign them (the newest first). */
export interface CallerWebhook {
  readonly url: string | undefined;
  readonly secrets: readonly string[];
}

/** A caller's default endpoint. */
export interface Endpoint {
  readonly url: string | null;
  /** Set when it answered 410: it is not called until it is set again. */
  readonly disabled_at: string | null;
  /** While a rotation lasts: until then the old secret signs too. */
  readonly old_secret_until: string | null;
}

const MOST_LOOKS = 25;
const BETWEEN_LOOKS_MS = 100;
const OLD_SECRET_SIGNS_MS = 24 * 3_600_000;

/** Callers and their webhook secrets. Keys are next door, in keys.ts. */
export function createCallers(deps: CallersDeps) {
  const { redis, tag } = deps;
  defineScripts(redis, Object.values(SCRIPTS));
  const callerKey = (id: string): string => keyUnder(tag, 'caller', id);
  const index = keyUnder(tag, 'callers');
  const open = createOpener(deps);

  async function keysOf(id: string): Promise<KeyInfo[]> {
    const kids = await redis.smembers(keyUnder(tag, 'caller', id, 'keys'));
    const keys = await Promise.all(
      kids.map(async (kid) => keyFrom(kid, await redis.hgetall(keyUnder(tag, 'key', kid)))),
    );
    return keys.filter((key) => key !== undefined).sort((a, b) => a.created_at.localeCompare(b.created_at));
  }

  async function get(id: string): Promise<Caller | undefined> {
    const [fields, keys] = await Promise.all([redis.hgetall(callerKey(id)), keysOf(id)]);
    return callerFrom(id, fields, keys);
  }

  /** For as long as a lost reply is looked for: Redis may be away for a moment. */
  async function isSecretNow(id: string, sealed: string): Promise<boolean> {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const now = await redis.hget(callerKey(id), 'secret').catch(() => undefined);
      if (now === sealed) return true;
      await sleep(BETWEEN_LOOKS_MS);
    }
    return false;
  }

  return {
    get,

    /** The new caller with its webhook secret, which is shown this once; undefined when the id is taken. */
    async create(about: CreateCaller): Promise<NewCaller | undefined> {
      const now = deps.now();
      const webhookSecret = newWebhookSecret(deps.randomBytes);
      const fields = ['secret', seal(webhookSecret, about.id, deps), 'limits', JSON.stringify(about.limits ?? {})];
      if (about.name) fields.push('name', about.name);
      if (about.webhook_url) fields.push('webhook_url', about.webhook_url);
      const word = await runScript(redis, SCRIPTS.createCaller, {
        keys: [callerKey(about.id), index],
        args: [about.id, now, ...fields],
      });
      if (word !== 'ok') return undefined;
      return {
        id: about.id,
        name: about.name ?? null,
        webhook_url: about.webhook_url ?? null,
        limits: about.limits ?? {},
        created_at: isoTime(now),
        webhook_secret: webhookSecret,
      };
    },

    /** The changed caller; undefined when there is none. */
    async change(id: string, change: ChangeCaller): Promise<Caller | undefined> {
      const clear: string[] = [];
      const set: string[] = [];
      for (const field of ['name', 'webhook_url'] as const) {
        const value = change[field];
        if (value === null) clear.push(field);
        else if (value !== undefined) set.push(field, value);
      }
      if (change.webhook_url !== undefined) clear.push('webhook_disabled_at');
      if (change.limits) set.push('limits', JSON.stringify(change.limits));
      const args = [clear.length, ...clear, ...set];
      const word = await runScript(redis, SCRIPTS.changeCaller, { keys: [callerKey(id)], args });
      return word === 'ok' ? get(id) : undefined;
    },

    /** False when there is no such caller. */
    async remove(id: string): Promise<boolean> {
      const word = await runScript(redis, SCRIPTS.deleteCaller, {
        keys: [callerKey(id), keyUnder(tag, 'caller', id, 'keys'), index, keyUnder(tag, 'callers', 'deleted')],
        args: [id, deps.now(), keyUnder(tag, 'key', '')],
      });
      return word === 'ok';
    },

    /** One page of callers, oldest first, from a position on. A page may be short and still not be the last. */
    async list(from: CallerPosition | undefined): Promise<{ callers: Caller[]; next: CallerPosition | undefined }> {
      const page = await pageOf(redis, index, from);
      const callers = await Promise.all(page.map(({ id }) => get(id)));
      return {
        callers: callers.filter((caller) => caller !== undefined),
        next: page.length === PAGE ? page.at(-1) : undefined,
      };
    },

    /**
     * What the webhook-worker needs; undefined when the caller is gone for good. A disabled endpoint has no url. While a
     * rotation lasts there are two secrets. Throws when no secret key fits.
     */
    async webhookOf(id: string): Promise<CallerWebhook | undefined> {
      const fields = await redis.hgetall(callerKey(id));
      if (!fields['secret']) return undefined;
      const secrets = [open(fields['secret'], id)];
      if (fields['old_secret'] && Number(fields['old_until']) > deps.now()) {
        secrets.push(open(fields['old_secret'], id));
      }
      return { url: fields['webhook_disabled_at'] ? undefined : fields['webhook_url'], secrets };
    },

    /** The default endpoint as its caller sees it; undefined when there is no such caller. */
    async endpointOf(id: string): Promise<Endpoint | undefined> {
      const fields = await redis.hgetall(callerKey(id));
      if (fields['created_at'] === undefined || fields['deleted_at'] !== undefined) return undefined;
      const time = (name: string): string | null => (fields[name] ? isoTime(Number(fields[name])) : null);
      const rotating = Number(fields['old_until'] ?? 0) > deps.now();
      return {
        url: fields['webhook_url'] ?? null,
        disabled_at: time('webhook_disabled_at'),
        old_secret_until: rotating ? time('old_until') : null,
      };
    },

    /** Sets or clears the default endpoint; one that was disabled by a 410 is called again. */
    async setEndpoint(id: string, url: string | null): Promise<boolean> {
      const args =
        url === null ? [2, 'webhook_url', 'webhook_disabled_at'] : [1, 'webhook_disabled_at', 'webhook_url', url];
      return (await runScript(redis, SCRIPTS.changeCaller, { keys: [callerKey(id)], args })) === 'ok';
    },

    /**
     * A new secret, shown this once; the old one signs beside it for 24 h. `busy`: the last rotation is not over; a forced
     * one ends that rotation's old secret at once.
     */
    async rotateSecret(
      id: string,
      force: boolean,
    ): Promise<{ webhookSecret: string; oldUntil: string } | 'busy' | 'missing'> {
      const now = deps.now();
      const webhookSecret = newWebhookSecret(deps.randomBytes);
      const sealed = seal(webhookSecret, id, deps);
      const oldUntil = now + OLD_SECRET_SIGNS_MS;
      const word = await runScript(redis, SCRIPTS.rotateSecret, {
        keys: [callerKey(id)],
        args: [now, sealed, oldUntil, force ? '1' : '0'],
      }).catch(async (error: unknown) => {
        // A secret that was set and never shown would lock its caller out: a lost reply is looked up.
        if (isRefusal(error) || !(await isSecretNow(id, sealed))) throw error;
      });
      if (word === 'busy' || word === 'missing') return word;
      return { webhookSecret, oldUntil: isoTime(oldUntil) };
    },
  };
}

export type Callers = ReturnType<typeof createCallers>;

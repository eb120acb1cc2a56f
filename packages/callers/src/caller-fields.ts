import { type Caller, isoTime, type KeyInfo, type Limits, SCOPES, type Scope } from '@reelay/contracts';

type Fields = Readonly<Record<string, string>>;

/** A caller as the admin endpoints show it; undefined when there is none, or it was deleted. */
export function callerFrom(id: string, fields: Fields, keys: readonly KeyInfo[]): Caller | undefined {
  if (fields['created_at'] === undefined || fields['deleted_at'] !== undefined) return undefined;
  return {
    id,
    name: fields['name'] ?? null,
    webhook_url: fields['webhook_url'] ?? null,
    limits: limitsFrom(fields['limits']),
    created_at: isoTime(Number(fields['created_at'])),
    keys: [...keys],
  };
}

export function limitsFrom(json: string | undefined): Limits {
  return json ? (JSON.parse(json) as Limits) : {};
}

/** A live key; undefined when it is gone or expired. */
export function keyFrom(kid: string, fields: Fields): KeyInfo | undefined {
  if (fields['hash'] === undefined) return undefined;
  const expiresAt = Number(fields['expires_at'] ?? 0);
  return {
    kid,
    scopes: scopesFrom(fields['scopes']),
    created_at: isoTime(Number(fields['created_at'])),
    expires_at: expiresAt > 0 ? isoTime(expiresAt) : null,
  };
}

export function scopesFrom(text: string | undefined): Scope[] {
  const words = text?.split(',') ?? [];
  return SCOPES.filter((scope) => words.includes(scope));
}

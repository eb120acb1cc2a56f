import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

// A webhook secret at rest: AES-256-GCM, as the text `v1.<key id>.<iv>.<ciphertext and tag>`, the parts in base64url.
// The key id says which REELAY_SECRET_KEY sealed it, so that keys can be changed one caller at a time.

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a webhook secret. `key` is 32 bytes; `aad` is the caller's id, so that a sealed secret that is copied to another
 * caller does not open there; `randomBytes` is node:crypto's.
 */
export function sealSecret(
  secret: string,
  box: { key: Buffer; aad: string; randomBytes: (size: number) => Buffer },
): string {
  const iv = box.randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, box.key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(box.aad));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return ['v1', keyIdOf(box.key), iv.toString('base64url'), sealed.toString('base64url')].join('.');
}

/** A stored secret that cannot be read: the wrong REELAY_SECRET_KEY, or somebody changed it. */
export class UnreadableSecretError extends Error {}

/**
 * Opens what {@link sealSecret} made. `keys` are the present key and, while secrets are being re-sealed, the earlier ones.
 * Throws {@link UnreadableSecretError} with a plain sentence when the text is not a sealed secret, when no key fits, or when it was changed or
 * belongs to another caller.
 */
export function openSecret(sealed: string, box: { keys: readonly Buffer[]; aad: string }): string {
  const [, keyId, iv, text] = /^v1\.([0-9a-f]{8})\.([\w-]{16})\.([\w-]+)$/.exec(sealed) ?? [];
  if (keyId === undefined || iv === undefined || text === undefined) {
    throw new UnreadableSecretError(
      'The stored webhook secret is not in the form v1.<key id>.<iv>.<text>; rotate the secret.',
    );
  }
  const key = box.keys.find((candidate) => keyIdOf(candidate) === keyId);
  if (key === undefined) {
    throw new UnreadableSecretError(
      `The webhook secret is sealed with the key ${keyId}, which is not given; give the earlier key too.`,
    );
  }
  return decrypt({ key, aad: box.aad, iv: Buffer.from(iv, 'base64url'), sealed: Buffer.from(text, 'base64url') });
}

function decrypt(box: { key: Buffer; aad: string; iv: Buffer; sealed: Buffer }): string {
  try {
    const text = box.sealed.subarray(0, -TAG_BYTES);
    const decipher = createDecipheriv(CIPHER, box.key, box.iv, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(box.aad))
      .setAuthTag(box.sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new UnreadableSecretError(
      'The stored webhook secret was changed or belongs to another caller; rotate the secret.',
      {
        cause,
      },
    );
  }
}

/** The first 8 hex digits of sha256(key): names a key without telling anything about it. */
function keyIdOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

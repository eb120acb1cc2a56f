import { openSecret, sealSecret } from '@reelay/webhooks';

/** REELAY_SECRET_KEY seals; it and the keys of REELAY_SECRET_KEY_OLD open. 32 bytes each. */
export interface SecretKeys {
  readonly secretKey: Buffer;
  readonly oldSecretKeys?: readonly Buffer[];
  randomBytes(size: number): Buffer;
}

/** A caller's webhook secret, sealed for its record. */
export function seal(secret: string, caller: string, keys: SecretKeys): string {
  return sealSecret(secret, { key: keys.secretKey, aad: caller, randomBytes: keys.randomBytes });
}

const MOST_REMEMBERED = 1_000;

/**
 * Opens sealed secrets, and remembers those that it opened: each delivery needs one, and opening costs more than signing.
 * What it gives throws, with a sentence, when none of the keys fits.
 */
export function createOpener(keys: SecretKeys): (sealed: string, caller: string) => string {
  const opened = new Map<string, string>();
  return (sealed, caller) => {
    const id = `${caller} ${sealed}`;
    const secret = opened.get(id) ?? open(sealed, caller, keys);
    if (opened.size >= MOST_REMEMBERED) opened.clear();
    opened.set(id, secret);
    return secret;
  };
}

/** Throws, with a sentence, when none of the keys fits. */
function open(sealed: string, caller: string, keys: SecretKeys): string {
  return openSecret(sealed, { keys: [keys.secretKey, ...(keys.oldSecretKeys ?? [])], aad: caller });
}

/** The same secret sealed with the present key; undefined when it is that already. */
export function resealed(sealed: string, caller: string, keys: SecretKeys): string | undefined {
  const anew = seal(open(sealed, caller, keys), caller, keys);
  return keyIdOf(anew) === keyIdOf(sealed) ? undefined : anew;
}

/** A sealed text begins with `v1.<key id>.` (secret-box.ts of @reelay/webhooks). */
function keyIdOf(sealed: string): string | undefined {
  return sealed.split('.', 2)[1];
}

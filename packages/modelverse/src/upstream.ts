import { createPlainText } from './plain-text.ts';

/** Where tasks go and as whom; the key does not leave this object but in a header. */
export interface UpstreamOptions {
  /** An http or https URL, with or without a path, without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** `Authorization: <key>` as the upstream's pages show, or `Bearer <key>`. */
  readonly auth: 'raw' | 'bearer';
  readonly userAgent: string;
}

export interface Upstream {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  path(path: string): string;
  /** Makes the upstream's free text fit to be stored and shown. */
  plainText(text: string): string;
}

const PRINTABLE = /^[\x21-\x7e]+$/;

/** Throws at start, not at the first task, when the key cannot stand in a header or the URL is none. */
export function createUpstream({ baseUrl, apiKey, auth, userAgent }: UpstreamOptions): Upstream {
  if (!PRINTABLE.test(apiKey)) throw new Error('The ModelVerse key has characters that no HTTP header can carry.');
  const url = new URL(baseUrl);
  const prefix = url.pathname.replace(/\/+$/, '');
  return {
    origin: url.origin,
    headers: {
      authorization: auth === 'bearer' ? `Bearer ${apiKey}` : apiKey,
      accept: 'application/json',
      'user-agent': userAgent,
    },
    path: (path) => `${prefix}${path}`,
    plainText: createPlainText(apiKey),
  };
}

/** The most characters of an upstream's text that enter a record, a log line or an answer. */
const MOST_CHARACTERS = 500;

/** A key shorter than this is a placeholder; looking for it would tear holes into ordinary words. */
const SHORTEST_KEY = 8;

/**
 * Makes the upstream's free text fit to be stored and shown: without our key (some upstreams repeat it in
 * "invalid key …"), without control characters, at most 500 characters. The key goes before the cut, so that no half
 * of it is left at the end.
 */
export function createPlainText(apiKey: string): (text: string) => string {
  return (text) => {
    const safe = apiKey.length >= SHORTEST_KEY ? text.replaceAll(apiKey, '[key]') : text;
    const plain = safe.replace(/\p{Cc}+/gu, ' ').trim();
    return plain.length > MOST_CHARACTERS ? `${plain.slice(0, MOST_CHARACTERS - 1).trimEnd()}…` : plain;
  };
}

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

// Which addresses a webhook may reach (webhooks.md, Address guard). This file owns the verdict on a URL's text and on one
// address; names are resolved and connections made in guarded-connect.ts, which asks here again.
//
// G1  The parsed host is judged, never the text: WHATWG parsing has already turned 0177.1 or full-width digits into 127.0.0.1.
// G2  An address is refused unless it is known to be public: a range that nobody thought of is closed.
// G3  An IPv6 form that carries an IPv4 address opens nothing that the IPv4 address inside does not.

const MAX_URL_LENGTH = 2048;
const MOST_REMEMBERED = 1_000;
/** Of DNS; a longer one resolves to nothing. */
const LONGEST_NAME = 253;

/** Azure's host agent: a public address by its range, answered by the machine's own host. */
const AZURE_HOST_AGENT = '168.63.129.16';
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const IPV6_GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

const LOOPBACK_NAMES = ['localhost', 'localhost.localdomain', 'ip6-localhost', 'ip6-loopback'];

/** Where clouds keep credentials. Refused by name too, as some resolve to addresses that an operator may have allowed. */
const METADATA_NAMES = [
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.azure.internal',
  'metadata.azure.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'metadata.tencentyun.com',
  'rancher-metadata',
];

/** `allowHttp` is WEBHOOK_ALLOW_HTTP; `allowedCidrs` is WEBHOOK_ALLOWED_CIDRS, e.g. `10.0.0.0/8`, valid CIDRs only. */
export interface AddressRules {
  readonly allowHttp: boolean;
  readonly allowedCidrs: readonly string[];
}

export type UrlRefusal =
  | 'not_a_url'
  | 'too_long'
  | 'scheme'
  | 'userinfo'
  | 'no_host'
  | 'forbidden_name'
  | 'forbidden_address';

export type UrlVerdict = { ok: true; url: URL } | { ok: false; reason: UrlRefusal; message: string };

/**
 * Judges a webhook URL as far as that is possible without DNS. `message` is a sentence for the caller, with what to change.
 * An `ok` is not the last word: what a name resolves to is judged at every attempt.
 */
export function checkWebhookUrl(text: string, rules: AddressRules): UrlVerdict {
  if (text.length > MAX_URL_LENGTH) {
    return refuse('too_long', `The webhook URL is longer than ${MAX_URL_LENGTH} characters; use a shorter one.`);
  }
  const url = URL.parse(text);
  if (url === null) return refuse('not_a_url', 'The webhook URL is not a URL; write it as https://host/path.');
  if (url.protocol !== 'https:' && !(rules.allowHttp && url.protocol === 'http:')) {
    const schemes = rules.allowHttp ? 'https:// or http://' : 'https://';
    return refuse('scheme', `The webhook URL must begin with ${schemes}.`);
  }
  if (url.username !== '' || url.password !== '') {
    return refuse(
      'userinfo',
      'The webhook URL holds a user name or password; remove it and verify the signature instead.',
    );
  }
  return refusalOfHost(url.hostname, rules.allowedCidrs) ?? { ok: true, url };
}

type Refused = Extract<UrlVerdict, { ok: false }>;

/** A scheme, a host without anything to decode, and the slash that ends it: whatever follows is path, query and fragment. */
const PLAIN_BEGINNING = /^https?:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?\//;

const passed = new WeakMap<AddressRules, Set<string>>();

/**
 * The sentence of {@link checkWebhookUrl} for the caller, for who does not need the URL; undefined when it is none to refuse.
 * What a URL is refused for, but for its length, stands before its path: a plain beginning that has passed is not parsed
 * again. Every accept asks, and mostly about the same few receivers.
 */
export function refusalOfWebhookUrl(text: string, rules: AddressRules): string | undefined {
  const [beginning] = PLAIN_BEGINNING.exec(text) ?? [];
  const known = passed.get(rules) ?? new Set();
  if (beginning !== undefined && known.has(beginning) && text.length <= MAX_URL_LENGTH) return undefined;
  const verdict = checkWebhookUrl(text, rules);
  if (!verdict.ok) return verdict.message;
  if (beginning !== undefined) {
    if (known.size >= MOST_REMEMBERED) known.clear();
    passed.set(rules, known.add(copyOf(beginning)));
  }
  return undefined;
}

/** As a piece of its URL it would keep all of that. */
function copyOf(piece: string): string {
  return Buffer.from(piece).toString();
}

/** Every accept and every attempt of a delivery asks, and mostly about the same few hosts: a verdict is kept. */
function refusalOfHost(hostname: string, allowedCidrs: readonly string[]): Refused | undefined {
  const { judged } = allowedBy(allowedCidrs);
  if (judged.has(hostname)) return judged.get(hostname);
  const refusal = judgeHost(hostname, allowedCidrs);
  if (hostname.length > LONGEST_NAME) return refusal;
  if (judged.size >= MOST_REMEMBERED) judged.clear();
  judged.set(copyOf(hostname), refusal);
  return refusal;
}

function judgeHost(hostname: string, allowedCidrs: readonly string[]): Refused | undefined {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  if (host === '') return refuse('no_host', 'The webhook URL has no host; write it as https://host/path.');
  if (isIP(host) !== 0) {
    return isAllowedAddress(host, allowedCidrs) ? undefined : refuse('forbidden_address', FORBIDDEN_ADDRESS);
  }
  if (isOneOf(host, METADATA_NAMES)) {
    return refuse(
      'forbidden_name',
      'The webhook URL names a cloud metadata server; use the host of your own receiver.',
    );
  }
  const loopbackAllowed = () => ['127.0.0.1', '::1'].some((address) => isAllowedAddress(address, allowedCidrs));
  if (isOneOf(host, LOOPBACK_NAMES) && !loopbackAllowed()) {
    return refuse(
      'forbidden_name',
      'The webhook URL names this machine itself; use a host that is reachable from outside.',
    );
  }
  return undefined;
}

const FORBIDDEN_ADDRESS =
  'The webhook URL points to a private or reserved address; use a public one, or have the operator add its range to WEBHOOK_ALLOWED_CIDRS.';

function refuse(reason: UrlRefusal, message: string): Refused {
  return { ok: false, reason, message };
}

function isOneOf(host: string, names: readonly string[]): boolean {
  return names.some((name) => host === name || host.endsWith(`.${name}`));
}

/**
 * Whether a webhook may go to this address (an IPv4 or IPv6 text, without brackets): a public unicast one, or one inside
 * `allowedCidrs`. False for anything that is not an address.
 */
export function isAllowedAddress(address: string, allowedCidrs: readonly string[]): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const judged = ipv4Inside(family === 4 ? ipaddr.IPv4.parse(address) : ipaddr.IPv6.parse(address));
  return isPublic(judged) || allowedBy(allowedCidrs).ranges.some((range) => contains(range, judged));
}

// G3. Only the two forms that really reach the IPv4 address inside; 6to4, Teredo and 64:ff9b:1::/48 are refused by G2.
function ipv4Inside(address: Address): Address {
  if (address instanceof ipaddr.IPv4) return address;
  if (!address.isIPv4MappedAddress() && !address.match(NAT64)) return address;
  return new ipaddr.IPv4(address.toByteArray().slice(-4));
}

// G2. ipaddr.js calls an IPv6 address in no special range unicast, ::127.0.0.1 among them; only 2000::/3 is handed out.
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  if (address instanceof ipaddr.IPv4) return address.toString() !== AZURE_HOST_AGENT;
  return address.match(IPV6_GLOBAL_UNICAST);
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [network: Address, bits: number];

function contains([network, bits]: Range, address: Address): boolean {
  return network.kind() === address.kind() && address.match([network, bits]);
}

/** What a list of allowed ranges comes to. */
interface Allowed {
  readonly ranges: readonly Range[];
  /** Hosts of webhooks that were judged by it. */
  readonly judged: Map<string, Refused | undefined>;
}

const readLists = new WeakMap<readonly string[], Allowed>();

/** The rules of a process are one list for all of its checks: its texts are read once. */
function allowedBy(cidrs: readonly string[]): Allowed {
  const before = readLists.get(cidrs);
  if (before) return before;
  const allowed = { ranges: cidrs.map((cidr) => ipaddr.parseCIDR(cidr)), judged: new Map() };
  readLists.set(cidrs, allowed);
  return allowed;
}

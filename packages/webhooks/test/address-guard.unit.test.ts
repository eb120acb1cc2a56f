import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkWebhookUrl, isAllowedAddress, refusalOfWebhookUrl } from '../src/index.ts';
import { REFUSED_URLS } from './refused-urls.ts';

const STRICT = { allowHttp: false, allowedCidrs: [] };
const CASES = Object.entries(REFUSED_URLS).flatMap(([reason, urls]) => urls.map((url) => [reason, url] as const));

function reasonOf(url: string, rules: { allowHttp: boolean; allowedCidrs: readonly string[] } = STRICT): string {
  const verdict = checkWebhookUrl(url, rules);
  return verdict.ok ? 'ok' : verdict.reason;
}

test('the corpus has at least 80 URLs', () => {
  expect(new Set(CASES.map(([, url]) => url)).size).toBeGreaterThanOrEqual(80);
});

test.each(CASES)('refused as %s: %s', (reason, url) => {
  const verdict = checkWebhookUrl(url, STRICT);
  expect(verdict).toEqual({ ok: false, reason, message: expect.stringMatching(/^The webhook URL .+\.$/) });
});

test.each([
  'https://example.com/hook?a=1#top',
  'https://example.com./',
  'https://EXAMPLE.com:8443/',
  'https://bücher.example/',
  'https://intranet/',
  'https://localhost.example.com/',
  'https://notlocalhost/',
  'https://metadata.example.com/',
  'https://93.184.216.34/',
  'https://169.253.255.255/',
  'https://168.63.129.17/',
  'https://172.32.0.1/',
  'https://[2606:4700:4700::1111]/',
  'https://[::ffff:93.184.216.34]/',
  'https://[64:ff9b::5db8:d822]/',
  `https://example.com/${'a'.repeat(2028)}`,
])('let through: %s', (url) => {
  expect(checkWebhookUrl(url, STRICT)).toEqual({ ok: true, url: new URL(url) });
});

test('each host keeps its verdict, however many others are judged between', () => {
  const rules = { allowHttp: false, allowedCidrs: [] };
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 400 * (round + 1); i++) {
      expect(reasonOf(`https://${i}.example.com/`, rules)).toBe('ok');
      expect(reasonOf(`https://10.0.${i >> 8}.${i & 255}/`, rules)).toBe('forbidden_address');
    }
  }
});

test('whatever follows a beginning that has passed, the verdict is that on the whole URL', () => {
  const hosts = [
    'example.com',
    'a.b',
    '93.184.216.34:8443',
    '10.0.0.1',
    'localhost',
    '1.2',
    'x:99999',
    'a..b',
    'xn--a',
  ];
  const piece = fc.constantFrom(
    '@10.0.0.1',
    '\\',
    '/',
    '//',
    ':',
    '#',
    '?',
    '\t',
    '\n',
    ' ',
    '%2f',
    '..',
    '\ud800',
    '[',
  );
  const rest = fc
    .array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 8 })
    .map((pieces) => pieces.join(''));
  const rules = { allowHttp: true, allowedCidrs: [] };
  for (const host of hosts) refusalOfWebhookUrl(`https://${host}/`, rules);
  const scheme = fc.constantFrom('https:', 'http:', 'HTTPS:', 'ftp:', ' https:');
  const url = fc.tuple(scheme, fc.constantFrom(...hosts), fc.constantFrom('/', ''), rest);
  fc.assert(
    fc.property(url, ([scheme, host, slash, rest]) => {
      const text = `${scheme}//${host}${slash}${rest}`;
      const verdict = checkWebhookUrl(text, { ...rules });
      expect(refusalOfWebhookUrl(text, rules)).toBe(verdict.ok ? undefined : verdict.message);
    }),
    { numRuns: 5_000 },
  );
});

test('a beginning that has passed lets no URL through that is too long, nor one of other rules', () => {
  const rules = { allowHttp: true, allowedCidrs: [] };
  const url = 'http://example.com/';
  expect(refusalOfWebhookUrl(url, rules)).toBeUndefined();
  expect(refusalOfWebhookUrl(url + 'a'.repeat(2_048), rules)).toContain('longer than');
  expect(refusalOfWebhookUrl(url, { ...rules, allowHttp: false })).toContain('https://');
});

test('http is let through only when the operator allows it', () => {
  expect(reasonOf('http://example.com/', { allowHttp: true, allowedCidrs: [] })).toBe('ok');
  expect(reasonOf('ftp://example.com/', { allowHttp: true, allowedCidrs: [] })).toBe('scheme');
});

test.each([['127.0.0.0/8'], ['::1/128']])('names of loopback are let through when %s is allowed', (cidr) => {
  expect(reasonOf('https://app.localhost/', { allowHttp: false, allowedCidrs: [cidr] })).toBe('ok');
  expect(reasonOf('https://app.localhost/', { allowHttp: false, allowedCidrs: ['10.0.0.0/8'] })).toBe('forbidden_name');
});

test('metadata names stay refused whatever ranges are allowed', () => {
  const rules = { allowHttp: false, allowedCidrs: ['0.0.0.0/0', '::/0'] };
  expect(reasonOf('https://metadata.google.internal/', rules)).toBe('forbidden_name');
});

test.each(['', 'example.com', '127.0.0.1:80', '[::1]', '1.2.3', '0x7f.0.0.1', '8.8.8.8 '])(
  'what is not an address is not allowed: "%s"',
  (text) => {
    expect(isAllowedAddress(text, ['0.0.0.0/0', '::/0'])).toBe(false);
  },
);

/** Every IPv4 range that no webhook may reach. */
const CLOSED_RANGES = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

interface Block {
  readonly cidr: string;
  readonly first: number;
  readonly size: number;
}

function blockOf(cidr: string): Block {
  const [network = '', bits] = cidr.split('/');
  const first = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { cidr, first, size: 2 ** (32 - Number(bits)) };
}

const aClosedAddress = fc
  .constantFrom(...CLOSED_RANGES.map(blockOf))
  .chain((block) => fc.nat(block.size - 1).map((offset) => ({ cidr: block.cidr, value: block.first + offset })));

type Spelling = (value: number) => string;
const bytes = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
const dotted: Spelling = (value) => bytes(value).join('.');
const hex16 = (value: number) => `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;
const inWide = (text: string, zero: number) => text.replace(/\d/g, (d) => String.fromCodePoint(zero + Number(d)));

const IPV4_SPELLINGS: Record<string, Spelling> = {
  dotted,
  decimal: (value) => String(value),
  hex: (value) => `0x${value.toString(16)}`,
  octal: (value) => `0${value.toString(8)}`,
  hexParts: (value) =>
    bytes(value)
      .map((part) => `0x${part.toString(16)}`)
      .join('.'),
  octalParts: (value) =>
    bytes(value)
      .map((part) => `0${part.toString(8)}`)
      .join('.'),
  twoParts: (value) => `${value >>> 24}.${value & 0xffffff}`,
  threeParts: (value) => `${value >>> 24}.${(value >>> 16) & 255}.${value & 0xffff}`,
  trailingDot: (value) => `${dotted(value)}.`,
  fullWidth: (value) => inWide(dotted(value), 0xff10),
  mathematical: (value) => inWide(dotted(value), 0x1d7ce),
  ideographicDots: (value) => dotted(value).replaceAll('.', '。'),
  percentEncoded: (value) => dotted(value).replace(/\d/g, (d) => `%3${d}`),
  mapped: (value) => `[::ffff:${dotted(value)}]`,
  mappedHex: (value) => `[0:0:0:0:0:FFFF:${hex16(value)}]`,
  nat64: (value) => `[64:ff9b::${hex16(value)}]`,
};

/** Forms that are refused whatever they carry: they are not how a receiver is reached. */
const CLOSED_SPELLINGS: Record<string, Spelling> = {
  compatible: (value) => `[::${hex16(value)}]`,
  translated: (value) => `[::ffff:0:${hex16(value)}]`,
  localNat64: (value) => `[64:ff9b:1::${hex16(value)}]`,
  sixToFour: (value) => `[2002:${hex16(value)}::1]`,
  teredo: (value) => `[2001:0:${hex16(value)}::1]`,
};

const aSpelling = fc.constantFrom(...Object.keys(IPV4_SPELLINGS));
const urlOf = (spell: Spelling | undefined, value: number) => `https://${spell?.(value)}/hook`;

test('every closed IPv4 address is refused in every spelling', () => {
  const spellings = { ...IPV4_SPELLINGS, ...CLOSED_SPELLINGS };
  fc.assert(
    fc.property(aClosedAddress, fc.constantFrom(...Object.keys(spellings)), ({ value }, name) => {
      expect(reasonOf(urlOf(spellings[name], value))).toBe('forbidden_address');
    }),
    { numRuns: 2000 },
  );
});

test('an allowed range opens its addresses in every spelling, and no address of another range', () => {
  fc.assert(
    fc.property(aClosedAddress, aClosedAddress, aSpelling, (inside, other, name) => {
      const rules = { allowHttp: false, allowedCidrs: [inside.cidr] };
      expect(reasonOf(urlOf(IPV4_SPELLINGS[name], inside.value), rules)).toBe('ok');
      fc.pre(inside.cidr !== other.cidr);
      expect(reasonOf(urlOf(IPV4_SPELLINGS[name], other.value), rules)).toBe('forbidden_address');
    }),
    { numRuns: 1000 },
  );
});

test('the forms that are closed stay closed when the range of the address inside is allowed', () => {
  fc.assert(
    fc.property(aClosedAddress, fc.constantFrom(...Object.keys(CLOSED_SPELLINGS)), ({ cidr, value }, name) => {
      const rules = { allowHttp: false, allowedCidrs: [cidr] };
      expect(reasonOf(urlOf(CLOSED_SPELLINGS[name], value), rules)).toBe('forbidden_address');
    }),
  );
});

test('an allowed IPv6 range opens exactly itself', () => {
  const aGroup = fc.integer({ min: 0, max: 0xffff }).map((group) => group.toString(16));
  fc.assert(
    fc.property(fc.array(aGroup, { minLength: 7, maxLength: 7 }), (groups) => {
      expect(isAllowedAddress(`fd12:${groups.join(':')}`, ['fd12::/16'])).toBe(true);
      expect(isAllowedAddress(`fd13:${groups.join(':')}`, ['fd12::/16'])).toBe(false);
      expect(isAllowedAddress(`fd12:${groups.join(':')}`, [])).toBe(false);
    }),
  );
});

test('outside 2000::/3 no IPv6 address is public', () => {
  const anAddress = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(anAddress, (groups) => {
      const [first = 0] = groups;
      fc.pre(first >> 13 !== 1 && first !== 0x64 && first !== 0);
      expect(isAllowedAddress(groups.map((group) => group.toString(16)).join(':'), [])).toBe(false);
    }),
  );
});

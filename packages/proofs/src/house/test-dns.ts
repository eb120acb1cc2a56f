import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The addresses of a name, new in every query; none: there is no such name. */
export type Zone = (name: string) => readonly string[];

export interface TestDns {
  /** For a process that is to resolve names ending in `.test` here. */
  readonly env: Readonly<Record<string, string>>;
  queries(): number;
  close(): void;
}

const PRELOAD = fileURLToPath(new URL('./resolve-by-test-dns.ts', import.meta.url));
const [A, AAAA] = [1, 28];

/** A DNS server on loopback that answers A and AAAA from a zone, with a time to live of 0 (RFC 1035, section 4.1). */
export async function startTestDns(zone: Zone): Promise<TestDns> {
  const socket = createSocket('udp4');
  let queries = 0;
  socket.on('message', (query, from) => {
    queries++;
    socket.send(answerTo(query, zone), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  return {
    env: { TEST_DNS: `127.0.0.1:${port}`, NODE_OPTIONS: `--import=${PRELOAD}` },
    queries: () => queries,
    close: () => void socket.close(),
  };
}

const HEADER_BYTES = 12;
const POINTER_TO_THE_NAME = 0xc000 + HEADER_BYTES;

function answerTo(query: Buffer, zone: Zone): Buffer {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = query.readUInt16BE(at + 1);
  const question = query.subarray(HEADER_BYTES, at + 5);
  const addresses = zone(labels.join('.').toLowerCase());
  const records = addresses.filter((address) => isIPv4(address) === (type === A) && (type === A || type === AAAA));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(addresses.length > 0 ? 0x8580 : 0x8583, 2); // an answer with authority; 3: no such name
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question, ...records.map((address) => recordOf(address, type))]);
}

function recordOf(address: string, type: number): Buffer {
  const data = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const head = Buffer.alloc(12); // name, type, class, time to live, length
  head.writeUInt16BE(POINTER_TO_THE_NAME, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(address: string): Buffer {
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [head = [], tail = []] = address.split('::').map(groups);
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

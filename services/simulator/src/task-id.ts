import { crc32 } from 'node:zlib';

/** All that a status answer depends on; times in milliseconds. */
export interface TaskFacts {
  /** Unix milliseconds. */
  readonly submittedAt: number;
  readonly durationMs: number;
  /** The bits of the `status` scenarios (scenarios.ts). */
  readonly statusBits: number;
}

// 24 bytes: submittedAt (6), durationMs (4), statusBits (2), random (8), CRC-32 of all before (4). They fill base64url
// without a spare bit, so one task has one spelling. The id is the whole memory of a task: no restart forgets it.
const PREFIX = 'sim_';
const SHAPE = /^sim_[A-Za-z0-9_-]{32}$/;
const CHECKED_BYTES = 20;
export const RANDOM_BYTES = 8;

/** An id such as `sim_AZ…` that carries the facts; `random` is {@link RANDOM_BYTES} bytes. */
export function encodeTaskId(facts: TaskFacts, random: Uint8Array): string {
  const bytes = Buffer.allocUnsafe(CHECKED_BYTES + 4);
  bytes.writeUIntBE(facts.submittedAt, 0, 6);
  bytes.writeUInt32BE(facts.durationMs, 6);
  bytes.writeUInt16BE(facts.statusBits, 10);
  bytes.set(random, 12);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return PREFIX + bytes.toString('base64url');
}

/** The facts of an id that a simulator made, this one or an earlier one; undefined for every other text. */
export function decodeTaskId(id: string): TaskFacts | undefined {
  if (!SHAPE.test(id)) return undefined;
  const bytes = Buffer.from(id.slice(PREFIX.length), 'base64url');
  if (crc32(bytes.subarray(0, CHECKED_BYTES)) !== bytes.readUInt32BE(CHECKED_BYTES)) return undefined;
  return {
    submittedAt: bytes.readUIntBE(0, 6),
    durationMs: bytes.readUInt32BE(6),
    statusBits: bytes.readUInt16BE(10),
  };
}

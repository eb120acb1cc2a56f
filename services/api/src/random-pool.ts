const BLOCK_BYTES = 4_096;

/**
 * Random bytes in small pieces, cut from a block that is drawn at once: the source costs nearly as much for 16 bytes as for
 * 4 kB. Each byte is given once. For ids and not for secrets, which would stay in memory with their block.
 */
export function createRandomPool(randomBytes: (size: number) => Buffer): (size: number) => Buffer {
  let block: Buffer = Buffer.alloc(0);
  return (size) => {
    if (size > BLOCK_BYTES) return randomBytes(size);
    if (size > block.length) block = randomBytes(BLOCK_BYTES);
    const piece = block.subarray(0, size);
    block = block.subarray(size);
    return piece;
  };
}

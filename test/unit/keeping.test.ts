/** How values lie in items. */
import { constants, deflateRawSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../shared/aws/keeping.ts';
import { seededRandom } from '../../simulation/random.ts';

const records = Array.from({ length: 500 }, (_, index) => ({
  taskIndex: index,
  attempt: 1,
  value: { from: 7 * index },
}));

describe('a value in an item', () => {
  it('is text while it is small, and comes back as it was', () => {
    expect(pack({ small: true })).toBe('{"small":true}');
    expect(unpack(pack({ small: true }))).toEqual({ small: true });
  });

  it('is compressed once it is larger, to no more bytes than deflate makes of it', () => {
    const packed = pack(records);
    expect(packed).toBeInstanceOf(Uint8Array);
    expect(packed.length).toBeLessThanOrEqual(deflateRawSync(JSON.stringify(records), { level: 6 }).length);
    expect(unpack(packed)).toEqual(records);
  });

  it('is compressed quickly where thoroughness would not pay, and comes back as it was', () => {
    const random = seededRandom(1);
    const digits = Array.from({ length: 2_000 }, () => random.next());
    const packed = pack(digits);
    const thorough = { params: { [constants.ZSTD_c_compressionLevel]: 6 } };
    expect(packed.length).toBeLessThan(zstdCompressSync(JSON.stringify(digits), thorough).length);
    expect(unpack(packed)).toEqual(digits);
  });

  it('is read back though it was deflated, as it was before', () => {
    expect(unpack(deflateRawSync(JSON.stringify(records)))).toEqual(records);
  });

  it('is read back from a part of a larger buffer, as the SDK has it', () => {
    const packed = Buffer.from(pack(records) as Uint8Array);
    const inside = Buffer.concat([Buffer.alloc(100), packed, Buffer.alloc(100)]);
    expect(unpack(new Uint8Array(inside.buffer, inside.byteOffset + 100, packed.length))).toEqual(records);
  });
});

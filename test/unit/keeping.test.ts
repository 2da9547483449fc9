/** How values lie in items. */
import { constants, deflateRawSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../shared/aws/keeping.ts';
import { seededRandom } from '../../simulation/random.ts';

const random = seededRandom(1);
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

  it.each([
    ['random', () => random.next().toString(36)],
    ['of words and numbers', () => `number ${Math.floor(random.next() * 1e9)} of many`],
    ['of fractions', () => random.next()],
  ])(
    'that is %s takes no more than 2 percent more than the most thorough level would make it, and comes back',
    (_, draw) => {
      const list = Array.from({ length: 2_000 }, (): unknown => draw());
      const thorough = { params: { [constants.ZSTD_c_compressionLevel]: 6 } };
      const packed = pack(list);
      expect(packed.length).toBeLessThan(1.02 * zstdCompressSync(JSON.stringify(list), thorough).length);
      expect(unpack(packed)).toEqual(list);
    },
  );

  it('is read back though it was deflated, as it was before', () => {
    expect(unpack(deflateRawSync(JSON.stringify(records)))).toEqual(records);
  });

  it('is read back from a part of a larger buffer, as the SDK has it', () => {
    const packed = Buffer.from(pack(records) as Uint8Array);
    const inside = Buffer.concat([Buffer.alloc(100), packed, Buffer.alloc(100)]);
    expect(unpack(new Uint8Array(inside.buffer, inside.byteOffset + 100, packed.length))).toEqual(records);
  });
});

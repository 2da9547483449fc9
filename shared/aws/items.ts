/** How the gatherings table keeps things: keys, and the form of every kind of item. Nothing else knows it. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Answer, FoldedShard } from '../core/answer.ts';
import { FanfoldError } from '../core/errors.ts';
import type { Head, Tally, TallyAddress, TaskRange } from '../core/gathering.ts';
import { LIMITS } from '../core/limits.ts';
import type { Membership } from '../core/membership.ts';
import type { Item, Key } from './table.ts';

export const headKey = (requestId: string): Key => ({ pk: requestId, sk: 'HEAD' });
export const inputKey = (requestId: string): Key => ({ pk: requestId, sk: 'INPUT' });
export const answerKey = (requestId: string, version: number): Key => ({ pk: requestId, sk: `AGGREGATE#${version}` });

/** Each shard of a larger request has a partition of its own, so that no partition takes all of a request's marks. */
const partition = ({ requestId, place }: TallyAddress): string =>
  place === 'head' ? requestId : `${requestId}#${place}`;

export const tallyKey = (address: TallyAddress): Key => ({
  pk: partition(address),
  sk: address.place === 'head' ? 'HEAD' : 'SHARD',
});
export const foldKey = (address: TallyAddress): Key => ({ pk: partition(address), sk: 'FOLD' });
/** Chunks are named by the token they came with, so that reading those of a request never meets a forged one. */
export const chunkPrefix = (resultsToken: string): string => `CHUNK#${resultsToken}#`;
export const chunkKey = (address: TallyAddress, resultsToken: string, chunkId: string): Key => ({
  pk: partition(address),
  sk: `${chunkPrefix(resultsToken)}${chunkId}`,
});
export const chunkPartition = partition;

const withoutKeys = ({ pk: _pk, sk: _sk, ...members }: Item): Item => members;

export const decodeHead = (item: Item): Head => withoutKeys(item) as unknown as Head;
export const decodeTally = (item: Item): Tally => withoutKeys(item) as unknown as Tally;

/** Small JSON stays readable; larger JSON is deflated, which most results shrink to a fifth by. */
const DEFLATE_FROM = 4_096;

/** JSON as one attribute: text, or deflated bytes. */
export function pack(value: unknown): string | Uint8Array {
  const json = JSON.stringify(value) ?? 'null';
  return json.length < DEFLATE_FROM ? json : deflateRawSync(json, { level: 6 });
}

export function unpack(attribute: string | Uint8Array): unknown {
  return JSON.parse(typeof attribute === 'string' ? attribute : inflateRawSync(attribute).toString());
}

/** Like `pack`, within what an item has room for beside what it holds already. @throws FanfoldError `item-too-large` */
function packBeside(item: Item, what: string, value: unknown): string | Uint8Array {
  const packed = pack(value);
  const room = LIMITS.itemBytes - Object.values(item).reduce((bytes, attribute) => bytes + attribute.length, 0);
  if (packed.length <= room) return packed;
  throw new FanfoldError(
    'item-too-large',
    `${what} takes ${packed.length} bytes compressed, over the limit of ${room}`,
  );
}

const encodeMembership = ({ succeeded, failed, chunks }: Membership): Item => ({
  ...{ succeeded, failed },
  chunks: chunks.join(' '),
});

const decodeMembership = ({ succeeded, failed, chunks }: Item): Membership => ({
  ...{ succeeded, failed },
  chunks: chunks.split(' '),
});

export function encodeFold({ membership, accumulated, failures }: FoldedShard): Item {
  const item = { ...encodeMembership(membership), failures: pack(failures) };
  return { ...item, accumulated: packBeside(item, 'the accumulator of a shard', accumulated) };
}

export const decodeFold = (item: Item, range: TaskRange): FoldedShard => ({
  range,
  membership: decodeMembership(item),
  failures: unpack(item.failures) as FoldedShard['failures'],
  accumulated: unpack(item.accumulated) as FoldedShard['accumulated'],
});

export function encodeAnswer({ membership, aggregate, ...facts }: Answer): Item {
  const item = { ...(membership && encodeMembership(membership)), facts: pack(facts) };
  return { ...item, aggregate: packBeside(item, 'the aggregate', aggregate) };
}

export function decodeAnswer(item: Item): Answer {
  const membership = item.succeeded ? { membership: decodeMembership(item) } : {};
  return { ...(unpack(item.facts) as Omit<Answer, 'aggregate'>), aggregate: unpack(item.aggregate), ...membership };
}

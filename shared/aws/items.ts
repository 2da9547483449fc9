/** How the gatherings table keeps things: keys, and the form of every kind of item. Nothing else knows it. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Answer, FoldedShard } from '../core/answer.ts';
import { FanfoldError } from '../core/errors.ts';
import type { Head, Tally, TallyAddress, TaskRange } from '../core/gathering.ts';
import { LIMITS } from '../core/limits.ts';
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

/** Like `pack`, within what one item may hold. @throws FanfoldError `item-too-large` */
export function packWithin(what: string, value: unknown): string | Uint8Array {
  const packed = pack(value);
  if (packed.length > LIMITS.itemBytes) {
    const size = `${packed.length} bytes${typeof packed === 'string' ? '' : ' compressed'}`;
    throw new FanfoldError('item-too-large', `${what} takes ${size}, over the limit of ${LIMITS.itemBytes}`);
  }
  return packed;
}

export const encodeFold = ({ membership, accumulated, failures }: FoldedShard): Item => ({
  ...membership,
  failures: pack(failures),
  accumulated: packWithin('the accumulator of a shard', accumulated),
});

export const decodeFold = (item: Item, range: TaskRange): FoldedShard => ({
  range,
  membership: { succeeded: item.succeeded, failed: item.failed, chunks: item.chunks },
  failures: unpack(item.failures) as FoldedShard['failures'],
  accumulated: unpack(item.accumulated) as FoldedShard['accumulated'],
});

export function encodeAnswer({ membership, aggregate, ...facts }: Answer): Item {
  return { ...membership, facts: pack(facts), aggregate: packWithin('the aggregate', aggregate) };
}

export function decodeAnswer({ facts, aggregate, succeeded, failed, chunks }: Item): Answer {
  const membership = succeeded ? { membership: { succeeded, failed, chunks } } : {};
  return { ...(unpack(facts) as Omit<Answer, 'aggregate'>), aggregate: unpack(aggregate), ...membership };
}

/** How the gatherings table keeps things: keys, and the form of every kind of item. Nothing else knows it. */
import type { Answer, FoldedShard } from '../core/answer.ts';
import type { TaskResult } from '../core/envelope.ts';
import type { Head, NestedName, Tally, TallyAddress, TaskRange } from '../core/gathering.ts';
import type { Chunk, Membership } from '../core/membership.ts';
import { pack, unpack, type Vault, valueIn, withValue } from './keeping.ts';
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

/** In order of tasks: an index has so many digits (`LIMITS.tasks`). */
const INDEX_DIGITS = 7;
const NESTED = 'NESTED#';

export const nestedKey = (pk: string, { taskIndex, requestId }: NestedName): Key => ({
  pk,
  sk: `${NESTED}${String(taskIndex).padStart(INDEX_DIGITS, '0')}#${requestId}`,
});

/** Between the two lies every nested request behind `after`: ids are of one length, so nothing lies between one and its own `#`. */
export const nestedStart = (after: NestedName | undefined): string => (after ? `${nestedKey('', after).sk}#` : NESTED);
export const nestedEnd = `${NESTED}~`;

export function decodeNested({ sk }: Item): NestedName {
  const [, taskIndex, requestId] = sk.split('#');
  return { taskIndex: Number(taskIndex), requestId };
}

const withoutKeys = ({ pk: _pk, sk: _sk, ...members }: Item): Item => members;

/** A head as it is registered: its input as JSON, its id in its key. */
export const encodeHead = ({ requestId: _, input, ...head }: Head): Item => ({
  ...head,
  ...(input ? { input: pack(input) } : {}),
});

export function decodeHead(item: Item): Head {
  const { pk: requestId, sk: _, input, answer, ...members } = item;
  const [chunks, rest] = [new Map<string, Item[string]>(), {} as Item];
  for (const [name, value] of Object.entries(members))
    if (name.startsWith(INSIDE)) chunks.set(name.slice(INSIDE.length), value);
    else rest[name] = value;
  return {
    ...(rest as unknown as Head),
    requestId,
    ...(input ? { input: unpack(input) as NonNullable<Head['input']> } : {}),
    ...(chunks.size > 0 ? { chunks: [...chunks].map(([chunkId, packed]) => decodeChunk(chunkId, packed)) } : {}),
    ...(answer ? { answer: decodeInnerAnswer(answer) } : {}),
  };
}

/** A chunk inside a head is an attribute of its own, so that two marks never write the same one. */
export const INSIDE = 'chunk#';

export const decodeChunk = (chunkId: string, packed: Item[string]): Chunk => ({
  chunkId,
  results: unpack(packed) as TaskResult[],
});

export const decodeTally = (item: Item): Tally => withoutKeys(item) as unknown as Tally;

/** An answer inside a head, its bitmaps as text. */
export const encodeInnerAnswer = ({ membership, ...answer }: Answer): string | Uint8Array =>
  pack({ ...answer, ...(membership ? { membership: textOf(membership) } : {}) });

function decodeInnerAnswer(packed: Item[string]): Answer {
  const { membership, ...answer } = unpack(packed) as Omit<Answer, 'membership'> & { membership?: MembershipText };
  return membership ? { ...answer, membership: membershipOf(membership) } : answer;
}

interface MembershipText {
  readonly succeeded: string;
  readonly failed: string;
  readonly chunks: readonly string[];
}

const textOf = ({ succeeded, failed, chunks }: Membership): MembershipText => ({
  succeeded: Buffer.from(succeeded).toString('base64url'),
  failed: Buffer.from(failed).toString('base64url'),
  chunks,
});

const membershipOf = ({ succeeded, failed, chunks }: MembershipText): Membership => ({
  succeeded: Uint8Array.from(Buffer.from(succeeded, 'base64url')),
  failed: Uint8Array.from(Buffer.from(failed, 'base64url')),
  chunks,
});

type Reading = Pick<Vault, 'claims' | 'requestId'>;

const encodeMembership = ({ succeeded, failed, chunks, layers }: Membership): Item => ({
  ...{ succeeded, failed },
  chunks: chunks.join(' '),
  ...(layers ? { layers } : {}),
});

const decodeMembership = ({ succeeded, failed, chunks, layers }: Item): Membership => ({
  ...{ succeeded, failed },
  chunks: chunks === '' ? [] : chunks.split(' '),
  ...(layers ? { layers } : {}),
});

export function encodeFold(vault: Vault, { membership, accumulated, failures }: FoldedShard): Promise<Item> {
  return withValue(vault, { ...encodeMembership(membership), failures: pack(failures) }, 'accumulated', accumulated);
}

export const decodeFold = async (vault: Reading, item: Item, range: TaskRange): Promise<FoldedShard> => ({
  range,
  membership: decodeMembership(item),
  failures: unpack(item.failures) as FoldedShard['failures'],
  accumulated: (await valueIn(vault, item, 'accumulated')) as FoldedShard['accumulated'],
});

export function encodeAnswer(vault: Vault, { membership, aggregate, ...facts }: Answer): Promise<Item> {
  const item = { ...(membership && encodeMembership(membership)), facts: pack(facts) };
  return withValue(vault, item, 'aggregate', aggregate);
}

export async function decodeAnswer(vault: Reading, item: Item): Promise<Answer> {
  const membership = item.succeeded ? { membership: decodeMembership(item) } : {};
  const facts = unpack(item.facts) as Omit<Answer, 'aggregate'>;
  return { ...facts, aggregate: await valueIn(vault, item, 'aggregate'), ...membership };
}

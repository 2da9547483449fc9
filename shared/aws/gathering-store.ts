/**
 * The gatherings table as the port `GatheringStore`. Every clause of a conditional write is named:
 *
 *   open ──────────────► closing ─────► closed        marks: while not sealed, with the request's token
 *        scattered, or            once                looks: moved only from where they were
 *        deadline/cancel/error
 */
import type { TaskResult } from '../core/envelope.ts';
import type { GatheringStore } from '../core/ports.ts';
import { inParallel } from './batches.ts';
import {
  answerKey,
  chunkKey,
  chunkPartition,
  chunkPrefix,
  decodeAnswer,
  decodeFold,
  decodeHead,
  decodeTally,
  encodeAnswer,
  encodeFold,
  foldKey,
  headKey,
  inputKey,
  pack,
  tallyKey,
  unpack,
} from './items.ts';
import { getItem, type Item, putIfAbsent, queryItems, type Table, updateItem } from './table.ts';

const exists = 'attribute_exists(pk)';
const notSealed = 'attribute_not_exists(sealedAt)';
const tokenIsOurs = 'resultsToken = :resultsToken';
const isOpen = '#state = :open';
const notClosed = '#state <> :closed';
const isClosing = '#state = :closing';
const wasScattered = 'attribute_exists(scatteredAt)';
const notLeased = 'attribute_not_exists(leasedUntil) OR leasedUntil < :now';
const leaseIsOurs = 'leasedBy = :holder';
const notCarried = 'attribute_not_exists(carriedAt)';
const carryIsOurs = 'carriedAt = :at';
const looksUnmoved = 'lookAt = :lookAt AND failLookAt = :failLookAt';
const STATE = { '#state': 'state' };

/** Writes under way at once where many go out together. */
const WRITES_AT_ONCE = 16;

/** The store over one table. */
export const createGatheringStore = (table: Table): GatheringStore => ({
  ...registration(table),
  ...scattering(table),
  ...marking(table),
  ...folding(table),
  ...closing(table),
});

function registration(
  table: Table,
): Pick<GatheringStore, 'putInput' | 'readInput' | 'registerShards' | 'registerHead' | 'readHead'> {
  return {
    async putInput(requestId, input, ttlEpochSeconds) {
      await putIfAbsent(table, { ...inputKey(requestId), input: pack(input), ttlEpochSeconds });
    },
    async readInput(requestId) {
      const item = await getItem(table, inputKey(requestId));
      return item && unpack(item.input);
    },
    async registerShards(shards) {
      await inParallel(shards, WRITES_AT_ONCE, async ({ address, ...shard }) => {
        await putIfAbsent(table, { ...tallyKey(address), ...shard });
      });
    },
    async registerHead(head) {
      const outcome = await putIfAbsent(table, { ...headKey(head.requestId), ...head });
      return outcome === 'put' ? 'registered' : 'exists';
    },
    async readHead(requestId, now) {
      const item = await getItem(table, headKey(requestId));
      return item && item.ttlEpochSeconds * 1_000 > now ? decodeHead(item) : undefined;
    },
  };
}

function scattering(
  table: Table,
): Pick<GatheringStore, 'markScattered' | 'leaseRange' | 'tellScattered' | 'markReleased'> {
  return {
    async markScattered(requestId, at) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET scatteredAt = if_not_exists(scatteredAt, :at)',
        when: exists,
        values: { at },
      });
      return item === 'refused' ? undefined : decodeHead(item);
    },
    async leaseRange(address, { holder, now, until }) {
      const item = await updateItem(table, tallyKey(address), {
        set: 'SET leasedBy = :holder, leasedUntil = :until',
        when: `${exists} AND (${notLeased} OR ${leaseIsOurs})`,
        values: { holder, now, until },
      });
      return item === 'refused' ? item : 'leased';
    },
    async tellScattered(requestId, shard) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'ADD scattered :shards',
        when: `${exists} AND NOT contains(scattered, :shard)`,
        values: { shards: new Set([shard]), shard },
      });
      return item === 'refused' ? item : decodeHead(item);
    },
    async markReleased(address, at) {
      await updateItem(table, tallyKey(address), {
        set: 'SET releasedAt = if_not_exists(releasedAt, :at)',
        when: exists,
        values: { at },
      });
    },
  };
}

function marking(
  table: Table,
): Pick<GatheringStore, 'putChunk' | 'mark' | 'postponeLook' | 'readTally' | 'readChunks'> {
  return {
    async putChunk(address, resultsToken, { chunkId, results }, ttlEpochSeconds) {
      const key = chunkKey(address, resultsToken, chunkId);
      await putIfAbsent(table, { ...key, results: pack(results), ttlEpochSeconds });
    },
    async mark(address, resultsToken, { arrived, failed }) {
      const item = await updateItem(table, tallyKey(address), {
        set: 'ADD arrived :arrived, failed :failed',
        when: `${exists} AND ${notSealed} AND ${tokenIsOurs}`,
        values: { arrived, failed, resultsToken },
      });
      if (item === 'refused') return item;
      return { tally: decodeTally(item), ...(address.place === 'head' ? { head: decodeHead(item) } : {}) };
    },
    async postponeLook(address, { lookAt, failLookAt }, to) {
      const item = await updateItem(table, tallyKey(address), {
        set: 'SET lookAt = :nextLookAt, failLookAt = :nextFailLookAt',
        when: `${looksUnmoved} AND ${notSealed}`,
        values: { lookAt, failLookAt, nextLookAt: to.lookAt, nextFailLookAt: to.failLookAt },
      });
      return item === 'refused' ? item : 'postponed';
    },
    async readTally(address) {
      const item = await getItem(table, tallyKey(address));
      return item && decodeTally(item);
    },
    async readChunks(address, resultsToken) {
      const prefix = chunkPrefix(resultsToken);
      const chunks = [];
      for await (const item of queryItems(table, chunkPartition(address), prefix))
        chunks.push({ chunkId: item.sk.slice(prefix.length), results: unpack(item.results) as TaskResult[] });
      return chunks;
    },
  };
}

function folding(
  table: Table,
): Pick<GatheringStore, 'sealShard' | 'putFold' | 'readFold' | 'tellFolded' | 'takeCarry'> {
  const readFold: GatheringStore['readFold'] = async (address, range) => {
    const item = await getItem(table, foldKey(address));
    return item && decodeFold(item, range);
  };
  return {
    readFold,
    async sealShard(address, at) {
      await updateItem(table, tallyKey(address), {
        set: 'SET sealedAt = if_not_exists(sealedAt, :at)',
        when: exists,
        values: { at },
      });
    },
    async putFold(address, fold, ttlEpochSeconds) {
      const outcome = await putIfAbsent(table, { ...foldKey(address), ...encodeFold(fold), ttlEpochSeconds });
      return outcome === 'put' ? fold : ((await readFold(address, fold.range)) ?? fold);
    },
    async tellFolded(requestId, shard, { arrived, failed }) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'ADD arrived :arrived, failed :failed, folded :shards',
        when: `${exists} AND ${notClosed} AND NOT contains(folded, :shard)`,
        values: { arrived, failed, shards: new Set([shard]), shard, closed: 'closed' },
        names: STATE,
      });
      return item === 'refused' ? item : decodeHead(item);
    },
    async takeCarry(requestId, carriedAt, at) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET carriedAt = :at',
        when: `${isClosing} AND (${carriedAt === undefined ? notCarried : 'carriedAt = :carriedAt'} OR ${carryIsOurs})`,
        values: { at, carriedAt, closing: 'closing' },
        names: STATE,
      });
      return item === 'refused' ? item : 'taken';
    },
  };
}

function closing(
  table: Table,
): Pick<GatheringStore, 'beginClosing' | 'putAnswer' | 'readAnswer' | 'publishClosed' | 'closeAtOnce'> {
  const readAnswer: GatheringStore['readAnswer'] = async (requestId, version) => {
    const item = await getItem(table, answerKey(requestId, version));
    return item && decodeAnswer(item);
  };
  return {
    readAnswer,
    async closeAtOnce(requestId, { completionReason: reason, version, closedAt }) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET #state = :closed, reason = :reason, sealedAt = :at, closedAt = :at, version = :version',
        when: `${isOpen} AND ${wasScattered}`,
        values: { open: 'open', closed: 'closed', reason, at: closedAt, version },
        names: STATE,
      });
      return item === 'refused' ? item : 'published';
    },
    async beginClosing({ requestId, reason, at, unscattered, error }) {
      const item = await updateItem(table, headKey(requestId), {
        set: `SET #state = :closing, closingAt = :at, reason = :reason, sealedAt = :at${error ? ', #error = :error' : ''}`,
        when: unscattered ? isOpen : `${isOpen} AND ${wasScattered}`,
        values: { open: 'open', closing: 'closing', at, reason, ...(error ? { error } : {}) },
        names: { ...STATE, ...(error ? { '#error': 'error' } : {}) },
      });
      return item === 'refused' ? item : decodeHead(item);
    },
    async putAnswer(requestId, answer, ttlEpochSeconds) {
      const key = answerKey(requestId, answer.version);
      const outcome = await putIfAbsent(table, { ...key, ...encodeAnswer(answer), ttlEpochSeconds } as Item &
        typeof key);
      return outcome === 'put' ? answer : ((await readAnswer(requestId, answer.version)) ?? answer);
    },
    async publishClosed(requestId, { version, closedAt }) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET #state = :closed, closedAt = :closedAt, version = :version',
        when: isClosing,
        values: { closing: 'closing', closed: 'closed', closedAt, version },
        names: STATE,
      });
      return item === 'refused' ? 'already-closed' : 'published';
    },
  };
}

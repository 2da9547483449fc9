/**
 * The gatherings table in memory: every call is one atomic step, and nothing is shared with whoever called, as if it
 * had travelled. The suite in test/contract holds it and the real adapter to the same behaviour.
 */

import type { Answer, FoldedShard } from '../../shared/core/answer.ts';
import { FanfoldError } from '../../shared/core/errors.ts';
import type { Head, NestedName, Tally, TallyAddress } from '../../shared/core/gathering.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { Chunk } from '../../shared/core/membership.ts';
import type { GatheringStore } from '../../shared/core/ports/gathering-store.ts';

type KeptShard = Tally & { readonly resultsToken: string; readonly leasedBy?: string; readonly leasedUntil?: number };

/** What is kept for one request. Values are replaced, never changed in place. */
interface Kept {
  head?: Head;
  input?: unknown;
  readonly shards: Map<number, KeptShard>;
  readonly chunks: Map<TallyAddress['place'], (Chunk & { readonly resultsToken: string })[]>;
  readonly folds: Map<TallyAddress['place'], FoldedShard>;
  readonly answers: Map<number, Answer>;
  readonly nested: Map<string, NestedName>;
}

type Keep = (requestId: string) => Kept;

export interface MemoryStore extends GatheringStore {
  /** What is kept, for an oracle to look at between steps. */
  inspect(requestId: string): Readonly<Kept>;
  /** As the time to live does. */
  forget(requestId: string): void;
}

export function createMemoryStore(): MemoryStore {
  const requests = new Map<string, Kept>();
  const keep: Keep = (requestId) => {
    const kept = requests.get(requestId) ?? {
      shards: new Map(),
      chunks: new Map(),
      folds: new Map(),
      answers: new Map(),
      nested: new Map(),
    };
    requests.set(requestId, kept);
    return kept;
  };
  return {
    ...registration(keep),
    ...scattering(keep),
    ...nesting(keep),
    ...marking(keep),
    ...folding(keep),
    ...closing(keep),
    inspect: keep,
    forget: (requestId) => void requests.delete(requestId),
  };
}

function registration(
  keep: Keep,
): Pick<GatheringStore, 'putInput' | 'readInput' | 'registerShards' | 'registerHead' | 'readHead' | 'glanceAtHead'> {
  const readHead: GatheringStore['readHead'] = async (requestId, now) => {
    const { head } = keep(requestId);
    return head && head.ttlEpochSeconds * 1_000 > now ? head : undefined;
  };
  return {
    async putInput(requestId, input) {
      keep(requestId).input ??= structuredClone(input);
    },
    async readInput(requestId) {
      return structuredClone(keep(requestId).input);
    },
    async registerShards(registered) {
      for (const { address, ...shard } of registered) {
        const { shards } = keep(address.requestId);
        if (address.place !== 'head' && !shards.has(address.place)) shards.set(address.place, shard);
      }
    },
    async registerHead(head) {
      const kept = keep(head.requestId);
      if (kept.head) return 'exists';
      kept.head = head;
      return 'registered';
    },
    readHead,
    glanceAtHead: readHead,
  };
}

function scattering(
  keep: Keep,
): Pick<
  GatheringStore,
  'markScattered' | 'markHedged' | 'noteDivided' | 'leaseRange' | 'tellScattered' | 'markReleased'
> {
  const changeShard = ({ requestId, place }: TallyAddress, change: (shard: KeptShard) => KeptShard | undefined) => {
    const { shards } = keep(requestId);
    const shard = place === 'head' ? undefined : shards.get(place);
    const changed = shard && change(shard);
    if (changed && place !== 'head') shards.set(place, changed);
    return changed;
  };
  return {
    async markScattered(requestId, at) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'open') return undefined;
      kept.head = { scatteredAt: at, ...kept.head };
      return kept.head;
    },
    async markHedged(requestId, tasks, known, at) {
      const kept = keep(requestId);
      const { head } = kept;
      if (head?.state !== 'open' || (head.copies ?? 0) !== known) return 'refused';
      const hedged = new Set([...(head.hedged ?? []), ...tasks]);
      kept.head = { ...head, hedged, copies: known + tasks.length, hedgedAt: at };
      return 'marked';
    },
    async noteDivided(requestId, resultsToken, tasks) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'open' || kept.head.resultsToken !== resultsToken) return;
      kept.head = { ...kept.head, divided: new Set([...(kept.head.divided ?? []), ...tasks]) };
    },
    async leaseRange(address, { holder, now, until }) {
      const lease = { leasedBy: holder, leasedUntil: until };
      const free = ({ leasedBy, leasedUntil }: KeptShard) =>
        leasedUntil === undefined || leasedUntil < now || leasedBy === holder;
      const leased = changeShard(address, (shard) => (free(shard) ? { ...shard, ...lease } : undefined));
      return leased ? 'leased' : 'refused';
    },
    async tellScattered(requestId, shard) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'open' || kept.head.scattered?.has(shard)) return 'refused';
      kept.head = { ...kept.head, scattered: new Set([...(kept.head.scattered ?? []), shard]) };
      return kept.head;
    },
    async markReleased(address, at) {
      changeShard(address, (shard) => ({ releasedAt: at, ...shard }));
    },
  };
}

function nesting(keep: Keep): Pick<GatheringStore, 'putNested' | 'markNests' | 'readNested'> {
  const nameOf = ({ taskIndex, requestId }: NestedName) => `${String(taskIndex).padStart(9, '0')}#${requestId}`;
  return {
    async putNested(requestId, nested) {
      keep(requestId).nested.set(nameOf(nested), nested);
    },
    async markNests(requestId) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'open') return 'refused';
      kept.head = { ...kept.head, nests: true };
      return 'marked';
    },
    async readNested(requestId, after, most) {
      const names = [...keep(requestId).nested].sort(([a], [b]) => (a < b ? -1 : 1));
      const behind = names.filter(([name]) => !after || name > nameOf(after));
      return behind.slice(0, most).map(([, nested]) => nested);
    },
  };
}

function marking(keep: Keep): Pick<GatheringStore, 'putChunk' | 'mark' | 'postponeLook' | 'readTally' | 'readChunks'> {
  const tallyAt = ({ requestId, place }: TallyAddress) => {
    const kept = keep(requestId);
    return place === 'head' ? kept.head : kept.shards.get(place);
  };
  const change = ({ requestId, place }: TallyAddress, changes: Partial<Tally>): void => {
    const kept = keep(requestId);
    const shard = place === 'head' ? undefined : kept.shards.get(place);
    if (shard && place !== 'head') kept.shards.set(place, { ...shard, ...changes });
    else if (kept.head) kept.head = { ...kept.head, ...changes };
  };
  return {
    async putChunk({ requestId, place }, resultsToken, chunk) {
      const { chunks } = keep(requestId);
      const beside = chunks.get(place) ?? [];
      if (!beside.some(({ chunkId }) => chunkId === chunk.chunkId))
        chunks.set(place, [...beside, { ...structuredClone(chunk), resultsToken }]);
    },
    async mark(address, resultsToken, added, inside) {
      const tally = tallyAt(address);
      if (!tally || tally.sealedAt !== undefined || tally.resultsToken !== resultsToken) return 'refused';
      change(address, { arrived: tally.arrived + added.arrived, failed: tally.failed + added.failed });
      if (address.place === 'head') keepInside(keep(address.requestId), inside);
      const { head } = keep(address.requestId);
      return { tally: tallyAt(address) ?? tally, ...(address.place === 'head' && head ? { head } : {}) };
    },
    async postponeLook(address, from, { lookAt, failLookAt }) {
      const tally = tallyAt(address);
      const unmoved = tally?.lookAt === from.lookAt && tally.failLookAt === from.failLookAt;
      if (!unmoved || tally.sealedAt !== undefined) return 'refused';
      change(address, { lookAt, failLookAt });
      return 'postponed';
    },
    async readTally(address) {
      return tallyAt(address);
    },
    async readChunks({ requestId, place }, resultsToken) {
      const beside = keep(requestId).chunks.get(place) ?? [];
      return beside
        .filter((chunk) => chunk.resultsToken === resultsToken)
        .map(({ chunkId, results }) => structuredClone({ chunkId, results }));
    },
  };
}

function folding(
  keep: Keep,
): Pick<GatheringStore, 'sealShard' | 'putFold' | 'readFold' | 'tellFolded' | 'takeTurn' | 'takeCarry'> {
  return {
    async sealShard({ requestId, place }, at) {
      const { shards } = keep(requestId);
      const shard = place === 'head' ? undefined : shards.get(place);
      if (shard && place !== 'head') shards.set(place, { sealedAt: at, ...shard });
    },
    async putFold({ requestId, place }, fold) {
      return putOnce(keep(requestId).folds, place, fold, 'the accumulator of a shard');
    },
    async readFold({ requestId, place }) {
      return structuredClone(keep(requestId).folds.get(place));
    },
    async tellFolded(requestId, shard, added) {
      const kept = keep(requestId);
      const { head } = kept;
      if (!head || head.state === 'closed' || head.folded?.has(shard)) return 'refused';
      const folded = new Set([...(head.folded ?? []), shard]);
      kept.head = { ...head, arrived: head.arrived + added.arrived, failed: head.failed + added.failed, folded };
      return kept.head;
    },
    async takeTurn(requestId, turn, holder) {
      const kept = keep(requestId);
      const { evaluationTurn = -1, evaluator } = kept.head ?? {};
      const isOurs = evaluationTurn === turn && evaluator === holder;
      if (!kept.head || (evaluationTurn >= turn && !isOurs)) return 'refused';
      kept.head = { ...kept.head, evaluationTurn: turn, evaluator: holder };
      return 'taken';
    },
    async takeCarry(requestId, carriedAt, at) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'closing' || ![carriedAt, at].includes(kept.head.carriedAt)) return 'refused';
      kept.head = { ...kept.head, carriedAt: at };
      return 'taken';
    },
  };
}

function closing(
  keep: Keep,
): Pick<
  GatheringStore,
  | 'beginClosing'
  | 'putAnswer'
  | 'readAnswer'
  | 'publishClosed'
  | 'closeAtOnce'
  | 'closeWhole'
  | 'publishAmended'
  | 'clearNotice'
  | 'noteCalled'
> {
  return {
    async beginClosing({ requestId, reason, at, unscattered, error }) {
      const kept = keep(requestId);
      const { head } = kept;
      if (head?.state !== 'open') return 'refused';
      if (head.scatteredAt === undefined && !unscattered) return 'refused';
      kept.head = { ...head, sealedAt: at, state: 'closing', reason, closingAt: at, ...(error ? { error } : {}) };
      return kept.head;
    },
    async putAnswer(requestId, answer) {
      return putOnce(keep(requestId).answers, answer.version, answer, 'the aggregate');
    },
    async readAnswer(requestId, version) {
      return structuredClone(keep(requestId).answers.get(version));
    },
    async publishClosed(requestId, { version, closedAt }) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'closing') return 'already-closed';
      kept.head = { ...kept.head, state: 'closed', closedAt, version };
      return 'published';
    },
    async publishAmended(requestId, version) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'closed' || kept.head.version !== version - 1) return 'refused';
      kept.head = { ...kept.head, version };
      return 'published';
    },
    async clearNotice(requestId, kind) {
      const kept = keep(requestId);
      const { [MARKS[kind]]: _, ...head } = kept.head ?? {};
      if (kept.head) kept.head = head as Head;
    },
    async noteCalled(requestId, at) {
      const kept = keep(requestId);
      if (kept.head?.callbackTo) kept.head = { calledAt: at, ...kept.head };
    },
    async closeAtOnce(requestId, answer, inside) {
      const { completionReason: reason, version, closedAt } = answer;
      const kept = keep(requestId);
      if (kept.head?.state !== 'open') return 'refused';
      const inner = inside ? { answer: structuredClone(answer) } : {};
      kept.head = { ...kept.head, state: 'closed', reason, sealedAt: closedAt, closedAt, version, ...inner };
      return 'published';
    },
    async closeWhole({ header, arrived, answer, inside }) {
      const { completionReason: reason, version, closedAt } = answer;
      const kept = keep(header.requestId);
      const { head } = kept;
      const agrees =
        head && (Object.keys(header) as (keyof typeof header)[]).every((name) => head[name] === header[name]);
      if (head?.state !== 'open' || head.arrived !== 0 || !agrees) return 'refused';
      const chunks = inside ? { chunks: [structuredClone(inside)] } : {};
      const closed = { state: 'closed', reason, sealedAt: closedAt, closedAt, version, arrived } as const;
      kept.head = { ...head, ...closed, ...chunks, answer: structuredClone(answer) };
      return kept.head;
    },
  };
}

/** The marks of notices in a head. */
const MARKS = { topic: 'topicNotice', callback: 'callbackTo', parent: 'parent', nested: 'nests' } as const;

/** A mark either brings its chunk into the head, or counts one beside it. */
function keepInside(kept: Kept, chunk: Chunk | undefined): void {
  const { head } = kept;
  if (!head) return;
  kept.head = chunk
    ? { ...head, chunks: [...(head.chunks ?? []), structuredClone(chunk)] }
    : { ...head, beside: (head.beside ?? 0) + 1 };
}

function sizeOf(value: unknown, what: string): number {
  try {
    return JSON.stringify(value).length;
  } catch (cause) {
    throw new FanfoldError('item-not-json', `${what} is not JSON`, { cause });
  }
}

function putOnce<Name, Value>(kept: Map<Name, Value>, name: Name, value: Value, what: string): Value {
  const size = sizeOf(value, what);
  if (size > LIMITS.claimBytes)
    throw new FanfoldError('item-too-large', `${what} takes ${size} bytes, over the limit of ${LIMITS.claimBytes}`);
  const existing = kept.get(name);
  if (existing === undefined) kept.set(name, structuredClone(value));
  return structuredClone(existing ?? value);
}

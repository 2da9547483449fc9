/** A world: what the functions of a stack share while they serve its requests, and what is seen of each request from outside. */
import type { Answered } from '../functions/leaf/answered.ts';
import type { Answer } from '../shared/core/answer.ts';
import type { TaskEnvelope } from '../shared/core/envelope.ts';
import { windowOf } from '../shared/core/history.ts';
import type { OwnChunks } from '../shared/core/own-chunks.ts';
import type { HistoryStore } from '../shared/core/ports/history-store.ts';
import type { NoticeDue } from '../shared/core/ports/notices.ts';
import type { OwnerLedger } from '../shared/core/ports/owners.ts';
import type { ScatterRange, ShardLook } from '../shared/core/ports/work.ts';
import type { DeadlineTimer, Timer } from '../shared/core/timer.ts';
import type { History } from '../shared/gathering/history.ts';
import type { Faults } from './faults.ts';
import type { Surroundings } from './invocation.ts';
import { createMemoryHistory } from './ports/memory-history.ts';
import { createMemoryLedger } from './ports/memory-ledger.ts';
import { createMemoryStore, type MemoryStore } from './ports/memory-store.ts';
import type { Queue } from './queue.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { createVirtualClock } from './virtual-clock.ts';

export const REPLY_TO = { small: 'results', bulk: 'bulk-results' };

/** What is seen of one request from outside. */
export interface Watched {
  readonly requestId: string;
  /** How many were called for before it. */
  readonly number: number;
  readonly calledAt: number;
  /** Task indexes of which a result was marked: that mark is a promise. */
  readonly accepted: Set<number>;
  /** When the last mark was accepted, and when the invocation that made it had begun. */
  lastMark?: { readonly at: number; readonly since: number };
  /** Every answer that somebody was given. */
  readonly given: Answer[];
  /** When it stopped accepting, and when its answer was there. */
  closingAt?: number;
  closedAt?: number;
  /** When whoever waited had the answer. */
  answeredAt?: number;
  /** Task messages that died without a trace, or could not be answered before their deadline. */
  lost: number;
  /** How often somebody was told that the request closed. */
  told: number;
  /** Tasks that were published, as often as they were; how many of those as a second copy; and the last attempt. */
  published: number;
  copies: number;
  lastAttempt: number;
}

/** Serves one invocation at a time, and keeps what it has seen of its jobs, marked of its requests, or sent home of a leaf's. */
export interface Environment {
  answered?: Answered;
  history?: History;
  ownChunks?: OwnChunks;
  /** The history's store as the invocation has it that is served. */
  now: HistoryStore | undefined;
}

export interface World extends Surroundings {
  readonly scenario: Scenario;
  readonly store: MemoryStore;
  readonly owners: OwnerLedger;
  readonly history: HistoryStore;
  /** By function, its environments that serve nobody at the moment. */
  readonly idle: Map<string, Environment[]>;
  readonly watched: Map<string, Watched>;
  names: number;
}

/** What messages travel on. Bodies of results are JSON, as they come in several forms. */
export interface Network {
  readonly results: Queue<string>;
  readonly bulkResults: Queue<string>;
  readonly ranges: Queue<ScatterRange>;
  readonly looks: Queue<ShardLook>;
  readonly timers: Queue<Timer>;
  readonly deadlines: Queue<DeadlineTimer>;
  readonly notices: Queue<NoticeDue>;
  deliver(envelope: TaskEnvelope): void;
}

/** When time begins, in epoch ms. */
const START_AT = 1_000_000;

export interface Setting {
  readonly scenario: Scenario;
  readonly faults: Faults;
  readonly random: Random;
  /** Takes a line for each thing that happens, if anybody wants to read it. */
  readonly log?: string[] | undefined;
}

export function createWorld({ scenario, faults, random, log }: Setting): World {
  const history = createMemoryHistory();
  // In memory it is there at once: nothing is waited for.
  if (scenario.past) void history.add({ job: scenario.job.name, window: windowOf(START_AT) }, scenario.past, 0);
  return {
    ...{ random, scenario, faults, log, clock: createVirtualClock(START_AT), overheads: scenario.overheads },
    ...{ skews: new Map(), surprises: [], strikes: [], invocations: 0, store: createMemoryStore(), names: 0 },
    ...{ history, idle: new Map(), owners: createMemoryLedger(), watched: new Map() },
  };
}

/** Begins to watch a request that is about to be called for. */
export function watch({ watched, clock }: World, number: number): Watched {
  const requestId = `request-${String(number + 1).padStart(20, '0')}`;
  const request: Watched = {
    ...{ requestId, number, calledAt: clock.now(), accepted: new Set(), given: [] },
    ...{ lost: 0, told: 0, published: 0, copies: 0, lastAttempt: 0 },
  };
  watched.set(requestId, request);
  return request;
}

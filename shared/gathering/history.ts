/**
 * A function's part in the history of its jobs. What it observes it keeps in memory, and adds to what is kept at the end
 * of an invocation, seldom; what it reads it keeps for a few seconds. An environment that is never called again takes
 * what it had with it: the history is a sample, and nothing that decides an answer rests on it.
 */
import type { EnvelopeHeader } from '../core/envelope.ts';
import { messageOf } from '../core/errors.ts';
import { type HedgeOptions, hedgesAllowed, type Spending } from '../core/hedge.ts';
import {
  HISTORY_KEPT_MS,
  mergedPast,
  NO_PAST,
  type Past,
  windowOf,
  withAnswers,
  withCompletion,
} from '../core/history.ts';
import { LIMITS } from '../core/limits.ts';
import type { HistoryStore } from '../core/ports/history-store.ts';
import type { Clock } from '../core/ports/runtime.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { createWaits, type Waits } from './waits.ts';

/** An environment adds what it has observed at most so often, in ms: each time is a write or a few. */
const FLUSH_EVERY_MS = 10_000;
/** What was read of the past is believed for so long, in ms. */
const READ_EVERY_MS = 5_000;

/** What is known of a job now: this window and the one before together. */
export interface Recalled {
  readonly past: Past;
  readonly spending: Spending;
}

export interface History extends Waits {
  /** `tasks` of a leaf were answered now, by messages with this header. */
  observeAnswers(header: EnvelopeHeader, tasks: number): void;
  /** A request was closed. */
  observeCompletion(request: { readonly job: string; readonly expected: number }, elapsedMs: number): void;
  /** What is known of a job; nothing, when it cannot be read. */
  recall(job: string): Promise<Recalled>;
  /** Counts copies against the job's budget before they are sent; false when that has no room for all of them. */
  spend(job: string, copies: number, options: HedgeOptions): Promise<boolean>;
  /** Adds what was observed to what is kept, if it is time to. Never throws: what is lost is a sample. */
  flush(): Promise<void>;
}

export interface Remembering {
  readonly store: HistoryStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'warn'>;
}

/** The history as one environment of a function has it. */
export const createHistory = (remembering: Remembering): History => ({
  ...observing(remembering),
  ...recalling(remembering),
  ...createWaits(),
});

const ttlOf = (now: number): number => Math.ceil((now + HISTORY_KEPT_MS) / 1_000);

function observing({
  store,
  clock,
  telemetry,
}: Remembering): Pick<History, 'observeAnswers' | 'observeCompletion' | 'flush'> {
  let observed = new Map<string, Past>();
  let flushedAt = clock.now();
  const note = (job: string, change: (past: Past) => Past): void =>
    void observed.set(job, change(observed.get(job) ?? NO_PAST));
  return {
    observeAnswers({ job, leaf, publishedAt }, tasks) {
      const latencyMs = publishedAt === undefined ? undefined : Math.max(0, clock.now() - publishedAt);
      note(job, (past) => withAnswers(past, leaf, tasks, latencyMs));
    },
    observeCompletion({ job, expected }, elapsedMs) {
      note(job, (past) => withCompletion(past, expected, elapsedMs));
    },
    async flush() {
      const now = clock.now();
      if (observed.size === 0 || now < flushedAt + FLUSH_EVERY_MS) return;
      const [all, window] = [observed, windowOf(now)];
      [observed, flushedAt] = [new Map(), now];
      try {
        await Promise.all([...all].map(([job, past]) => store.add({ job, window }, past, ttlOf(now))));
      } catch (error) {
        telemetry.warn('history not kept', { reason: messageOf(error, LIMITS.messageLength) });
      }
    },
  };
}

const NOTHING: Recalled = { past: NO_PAST, spending: { tasks: 0, tasksBefore: 0, hedgedBefore: 0 } };

function recalling({ store, clock, telemetry }: Remembering): Pick<History, 'recall' | 'spend'> {
  const known = new Map<string, { readonly at: number; readonly recalled: Promise<Recalled> }>();
  const read = async (job: string, window: number): Promise<Recalled> => {
    try {
      const places = [window, window - 1].map((each) => store.read({ job, window: each }));
      const [now, before] = await Promise.all(places);
      if (!now || !before) return NOTHING;
      const spending = { tasks: now.tasks, tasksBefore: before.tasks, hedgedBefore: before.hedged };
      return { past: mergedPast(before, now), spending };
    } catch (error) {
      telemetry.warn('history not read', { reason: messageOf(error, LIMITS.messageLength) });
      return NOTHING;
    }
  };
  const recall = (job: string): Promise<Recalled> => {
    const now = clock.now();
    const last = known.get(job);
    if (last && now < last.at + READ_EVERY_MS && windowOf(last.at) === windowOf(now)) return last.recalled;
    const recalled = read(job, windowOf(now));
    known.set(job, { at: now, recalled });
    return recalled;
  };
  return {
    recall,
    async spend(job, copies, options) {
      const now = clock.now();
      const most = hedgesAllowed((await recall(job)).spending, options);
      if (copies > most) return false;
      return (await store.spend({ job, window: windowOf(now) }, copies, most, ttlOf(now))) === 'spent';
    },
  };
}

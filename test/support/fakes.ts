/** The small outsides of a gathering: a clock that is told the time, ids that count, telemetry and senders that remember. */
import type { Taken } from '../../functions/aggregator/taken.ts';
import type { ResultsEnvelope, TaskEnvelope } from '../../shared/core/envelope.ts';
import type { HistoryStore } from '../../shared/core/ports/history-store.ts';
import type { NoticeDue, NoticeQueue } from '../../shared/core/ports/notices.ts';
import type { Clock, Ids } from '../../shared/core/ports/runtime.ts';
import type { MetricName, Telemetry } from '../../shared/core/ports/telemetry.ts';
import type { ResultsSender, TaskPublisher, TimerQueue } from '../../shared/core/ports/work.ts';
import type { Timer } from '../../shared/core/timer.ts';
import { createHistory, type History } from '../../shared/gathering/history.ts';
import { createMemoryHistory } from '../../simulation/ports/memory-history.ts';

/** An environment of the aggregator that remembers nothing: whatever comes again meets another. */
export const forgetful: Taken = { without: (reports) => reports, note: () => undefined };

/** Time stands still until it is told to pass; a sleep passes it. */
export interface FakeClock extends Clock {
  passTo(instant: number): void;
}

export function fakeClock(start = 1_000_000): FakeClock {
  let now = start;
  const passTo = (instant: number): void => {
    now = Math.max(now, instant);
  };
  return {
    now: () => now,
    passTo,
    async sleep(ms) {
      passTo(now + ms);
    },
  };
}

/** `request-1`, `token-1`, `chunk-1`, … */
export function countingIds(): Ids {
  const counter = (name: string) => {
    let count = 0;
    return () => `${name}-${++count}`;
  };
  return {
    requestId: counter('request'),
    resultsToken: counter('token'),
    chunkId: counter('chunk'),
    leaseId: counter('lease'),
  };
}

/** The history of one function, over a store of its own unless it shares one. */
export const aHistory = (clock: Clock, store: HistoryStore = createMemoryHistory()): History =>
  createHistory({ store, clock, telemetry: capturedTelemetry() });

export interface CapturedTelemetry extends Telemetry {
  counted(metric: MetricName): number;
  /** The messages of lines that are no warnings. */
  readonly logged: readonly string[];
}

export function capturedTelemetry(): CapturedTelemetry {
  const counts = new Map<MetricName, number>();
  const logged: string[] = [];
  return {
    count: (metric, by = 1) => void counts.set(metric, (counts.get(metric) ?? 0) + by),
    counted: (metric) => counts.get(metric) ?? 0,
    logged,
    log: (message) => void logged.push(message),
    warn: () => undefined,
  };
}

export interface CapturedPublisher extends TaskPublisher {
  readonly published: TaskEnvelope[];
}

export function capturedPublisher(): CapturedPublisher {
  const published: TaskEnvelope[] = [];
  return {
    published,
    async publish(envelopes) {
      for await (const envelope of envelopes) published.push(envelope);
    },
  };
}

/** A queue that holds what was sent to it until somebody takes it. */
export interface CapturedQueue<Message> {
  readonly waiting: Message[];
  send(messages: readonly Message[]): Promise<void>;
  /** Everything that waits, oldest first. */
  take(): Message[];
}

export function capturedQueue<Message>(): CapturedQueue<Message> {
  const waiting: Message[] = [];
  return {
    waiting,
    async send(messages) {
      waiting.push(...messages);
    },
    take: () => waiting.splice(0),
  };
}

export interface CapturedNotices extends NoticeQueue {
  readonly asked: (NoticeDue & { readonly delaySeconds: number })[];
}

export function capturedNotices(): CapturedNotices {
  const asked: CapturedNotices['asked'] = [];
  return {
    asked,
    async send(due, delaySeconds) {
      asked.push({ ...due, delaySeconds });
    },
  };
}

export interface CapturedTimers extends TimerQueue {
  readonly scheduled: (Timer & { readonly delaySeconds: number })[];
}

export function capturedTimers(): CapturedTimers {
  const scheduled: CapturedTimers['scheduled'] = [];
  return {
    scheduled,
    async schedule(timer, delaySeconds) {
      scheduled.push({ ...timer, delaySeconds });
    },
  };
}

export interface CapturedResults extends ResultsSender {
  readonly sent: (ResultsEnvelope & { readonly to: string })[];
}

export function capturedResults(): CapturedResults {
  const sent: CapturedResults['sent'] = [];
  return {
    sent,
    async send(to, envelope) {
      sent.push({ ...envelope, to });
    },
  };
}

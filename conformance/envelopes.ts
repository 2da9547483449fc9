/** The messages that a leaf is tried with. Every request is another one, so that nothing it answers can be taken for something else. */
import { randomUUID } from 'node:crypto';
import type { EnvelopeTask, TaskEnvelope } from '../shared/core/envelope.ts';

/** What is the same for all messages of a run. */
export interface Letterhead {
  readonly job: string;
  readonly leaf: string;
  readonly replyTo: string;
  /** A payload that the leaf can answer. */
  readonly payload: unknown;
}

const DEADLINE_MS = 60_000;
/** Tasks of each request, of which few are handed out: whoever answers others is found. */
const EXPECTED = 1_000;

/** A task envelope with these tasks, `changes` made to it. */
export function taskEnvelope(
  { job, leaf, replyTo }: Letterhead,
  tasks: readonly EnvelopeTask[],
  changes: Partial<TaskEnvelope> & Readonly<Record<string, unknown>> = {},
): TaskEnvelope {
  const now = Date.now();
  return {
    ...{ v: 1, requestId: randomUUID(), job, jobVersion: 1, leaf, expected: EXPECTED, shardSize: 2_500, hops: 3 },
    ...{ acceptedAt: now - 5, deadlineAt: now + DEADLINE_MS, expiresAt: now + DEADLINE_MS + 2_000 },
    ...{ resultsToken: randomUUID(), traceparent: `00-${randomUUID().replaceAll('-', '')}-00f067aa0ba902b7-00` },
    ...{ publishedAt: now, attempt: 1, replyTo, tasks },
    ...changes,
  };
}

/** A claim of something that is kept nowhere. */
export const LOST_CLAIM = { sha256: '0'.repeat(64), bytes: 300_000, days: 2 } as const;

export interface RollCallOptions {
  readonly replyTo: string;
  readonly services?: readonly string[];
  /** It is over already. */
  readonly isOver?: boolean;
}

/** A roll-call, as the roll-call topic says it. */
export function rollCall({ replyTo, services, isOver = false }: RollCallOptions) {
  const rollCallId = randomUUID();
  const askedAt = Date.now() - (isOver ? 60_000 : 0);
  return {
    ...{ v: 1, kind: 'roll-call', rollCallId, ...(services ? { services } : {}) },
    ...{ askedAt, answerBy: askedAt + 20_000, expiresAt: askedAt + 20_000, replyTo },
    ...{ answersPath: `/v1/roll-calls/${rollCallId}/answers`, answersToken: randomUUID() },
  } as const;
}

export type RollCallMessage = ReturnType<typeof rollCall>;

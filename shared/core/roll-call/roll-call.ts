/**
 * A roll-call: "who is there?", said to everybody who listens, and the answers of those who are. It has no list of members,
 * so that a service appears in it with no change to anything else.
 */
import type { Attendance } from './attendance.ts';

/** What a caller asks. Durations in ms. */
export interface Asked {
  /** How long answers are waited for at most, and at least. */
  readonly windowMs: number;
  readonly minWindowMs: number;
  /** The services that are asked; everybody where it is left out. */
  readonly services?: readonly string[];
  /** Who has to answer: `service`, by any instance, or `service/instanceId`. */
  readonly expected?: readonly string[];
  /** Instances that have to answer at least. */
  readonly minimum?: number;
}

/** One roll-call as it is kept. `arrived` counts answers as they came, never fewer than are there. */
export interface RollCall extends Asked {
  readonly rollCallId: string;
  readonly owner: string;
  /** Random per roll-call; an answer without it is refused. */
  readonly answersToken: string;
  readonly askedAt: number;
  readonly state: 'open' | 'closed';
  readonly arrived: number;
  readonly closedAt?: number;
  readonly ttlEpochSeconds: number;
}

/** What an instance says of itself. */
export interface Instance {
  readonly service: string;
  readonly instanceId: string;
  readonly version?: string;
  /** The URL of the instance's own queue. */
  readonly address?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** An instance's answer as it is kept; `receivedAt` is when its message was. */
export interface RollAnswer extends Instance {
  readonly receivedAt: number;
}

/** The answers that came in one batch, under a random name. */
export interface AnswersChunk {
  readonly chunkId: string;
  readonly answers: readonly RollAnswer[];
}

/** How a roll-call ended. Kept once, and never changed. */
export interface RollCallOutcome extends Attendance {
  readonly closedAt: number;
}

/** The message that asks. Instants are epoch milliseconds; after `expiresAt` an answer is of no use. */
export interface RollCallEnvelope {
  readonly v: 1;
  readonly kind: 'roll-call';
  readonly rollCallId: string;
  readonly services?: readonly string[];
  readonly askedAt: number;
  readonly answerBy: number;
  readonly expiresAt: number;
  /** The URL of the queue that answers go to. */
  readonly replyTo: string;
  /** Where they may go instead, over HTTPS, with the token as bearer. */
  readonly answersPath: string;
  readonly answersToken: string;
}

export const rollCallPath = (rollCallId: string): string => `/v1/roll-calls/${rollCallId}`;

/** When the window ends, in epoch ms. */
export const answerBy = ({ askedAt, windowMs }: Pick<RollCall, 'askedAt' | 'windowMs'>): number => askedAt + windowMs;

export function rollCallEnvelope(rollCall: RollCall, replyTo: string): RollCallEnvelope {
  const { rollCallId, services, askedAt, answersToken } = rollCall;
  const until = answerBy(rollCall);
  return {
    ...{ v: 1, kind: 'roll-call', rollCallId, ...(services ? { services } : {}) },
    ...{ askedAt, answerBy: until, expiresAt: until },
    ...{ replyTo, answersPath: `${rollCallPath(rollCallId)}/answers`, answersToken },
  };
}

/** An instance's name among all; no name holds a slash. */
export const memberName = ({ service, instanceId }: Pick<Instance, 'service' | 'instanceId'>): string =>
  `${service}/${instanceId}`;

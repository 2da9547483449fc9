/** What roll-calls need of the outside. As in ports.ts: failed conditions are outcomes, and every write is safe to repeat. */
import type { TaskEnvelope } from '../envelope.ts';
import type { Census } from './census.ts';
import type { PresentEnvelope } from './present.ts';
import type { AnswersChunk, RollCall, RollCallEnvelope, RollCallOutcome } from './roll-call.ts';

/** Where answers to roll-calls come in. */
export interface AnswerStore {
  /** The roll-call, or nothing when there is none or its time to live has passed at `now`. */
  read(rollCallId: string, now: number): Promise<RollCall | undefined>;
  /** Keeps answers under the token they came with. Counts nothing. */
  putAnswers(
    rollCall: Pick<RollCall, 'rollCallId' | 'ttlEpochSeconds'>,
    token: string,
    chunk: AnswersChunk,
  ): Promise<void>;
  /** Adds to the hint, unless the roll-call is closed, has `most` answers, or the token is not its own. */
  mark(rollCallId: string, token: string, arrived: number, most: number): Promise<'marked' | 'refused'>;
}

/** Roll-calls, and the answers to them. */
export interface RollCallStore extends AnswerStore {
  /** Keeps an open roll-call: from here on answers are taken. */
  register(rollCall: RollCall): Promise<void>;
  /** A roll-call as it was of late, at half the price: it may miss what was written a moment ago. */
  glance(rollCallId: string, now: number): Promise<RollCall | undefined>;
  /** Every answer that came with the roll-call's token. */
  readAnswers(rollCall: Pick<RollCall, 'rollCallId' | 'answersToken'>): Promise<AnswersChunk[]>;
  /** `open → closed`, once: no answer is taken any more. The roll-call after the change. */
  close(rollCallId: string, at: number): Promise<RollCall | 'refused'>;
  /** Keeps how it ended unless that is kept; the outcome in force. */
  putOutcome(rollCall: RollCall, outcome: RollCallOutcome): Promise<RollCallOutcome>;
  readOutcome(rollCallId: string): Promise<RollCallOutcome | undefined>;
}

/** Asks everybody who listens, whom we do not know; returns when the message was accepted. */
export interface RollCallsTopic {
  publish(envelope: RollCallEnvelope): Promise<void>;
}

/** What is known of who answers. It may miss some of what roll-calls taught; it is made anew by those to come. */
export interface CensusStore {
  /** What is kept of a service, as it is. */
  read(service: string): Promise<Census>;
  /** The same of these services, or of all that there are, as it was of late, at half the price. */
  glance(services?: readonly string[]): Promise<Census[]>;
  /** Keeps a census whose version follows that of the one that is kept. */
  put(census: Census, ttlEpochSeconds: number): Promise<'put' | 'refused'>;
}

/** What tells a roll-call's own answers from forged and late ones. */
export const ROLL_CALL_FACT_ATTRIBUTES = ['answersToken', 'askedAt', 'windowMs', 'state', 'ttlEpochSeconds'] as const;
export type RollCallFacts = Pick<RollCall, (typeof ROLL_CALL_FACT_ATTRIBUTES)[number]>;

/** What a roll-call says of itself, for who need not see more. */
export interface RollCallFactsReader {
  /** Nothing when there is no such roll-call, or its time to live has passed at `now`. */
  factsOf(rollCallId: string, now: number): Promise<RollCallFacts | undefined>;
}

/** Sends an answer to where they are counted. */
export interface AnswersSender {
  send(answer: PresentEnvelope): Promise<void>;
}

/** Where instances of services are reached. */
export interface InstanceDirectory {
  /** Where an instance took its messages when it last answered; `unknown` when it never did, says nothing of it, or is gone. */
  find(service: string, instanceId: string): Promise<{ readonly address: string } | 'unknown'>;
}

/** Whose queue is meant, and where it is by the instance's own word. */
export interface AddressedInstance {
  readonly service: string;
  readonly instanceId: string;
  readonly address: string;
}

/** The queues of single instances. */
export interface InstanceQueues {
  /** Sends tasks to one, stamped with when; `gone` where there is no such queue, `foreign` where it is not that instance's of this stack, or takes nothing of ours. */
  send(instance: AddressedInstance, envelope: TaskEnvelope): Promise<'sent' | 'gone' | 'foreign'>;
}

/** Telling of requests that closed. Only broken I/O throws. */
import type { TaskCounts } from '../answer.ts';
import type { CompletionReason, RequestStatus } from '../completion.ts';
import type { CallbackAddress } from '../gathering.ts';

/**
 * Whom a notice is for: those who subscribed, the address that the caller gave, the task that asked for the request, or
 * the requests that its own tasks asked for.
 */
export type NoticeKind = 'topic' | 'callback' | 'parent' | 'nested';

/** A closed request whose completion notices are to be sent, for the first time or again. */
export interface NoticeDue {
  readonly requestId: string;
  readonly attempt: number;
}

/** Has notices sent by whoever is free, after a delay of at most 15 minutes, at least once. */
export interface NoticeQueue {
  send(due: NoticeDue, delaySeconds: number): Promise<void>;
}

/** What is told of a request that closed. Not its aggregate, which may be large: `links.self` has it. */
export interface CompletionNotice {
  readonly v: 1;
  readonly requestId: string;
  readonly job: string;
  readonly status: RequestStatus;
  readonly completionReason: CompletionReason;
  readonly version: number;
  readonly tasks: TaskCounts;
  readonly coverage: number;
  readonly acceptedAt: number;
  readonly deadlineAt: number;
  readonly closedAt: number;
  /** Paths of the API. */
  readonly links: { readonly self: string; readonly results: string };
}

/** Tells whoever subscribed, which we do not know; returns when the notice was accepted. */
export interface CompletionsTopic {
  publish(notice: CompletionNotice): Promise<void>;
}

/** What came of one call: taken, not wanted ever again, or to be tried again; `reason` may be logged. */
export interface CallbackOutcome {
  readonly outcome: 'taken' | 'gone' | 'not-taken';
  readonly reason: string;
}

/** Calls an address that a caller gave, signed, once. Never throws for what is at its other end. */
export interface CallbackSender {
  send(
    to: CallbackAddress,
    message: { readonly id: string; readonly body: string; readonly at: number },
  ): Promise<CallbackOutcome>;
}

/**
 * The notifier tells of requests that closed, at least once: the mark in the head is taken away when the notice was
 * accepted, so whoever dies in between does it again. What finds no mark is a repeat, and does nothing.
 */
import { InvalidEnvelopeError } from '../../shared/core/errors.ts';
import { isNoticeDue } from '../../shared/core/gathering.ts';
import type {
  Clock,
  CompletionNotice,
  CompletionsTopic,
  GatheringStore,
  NoticeDue,
  Telemetry,
} from '../../shared/core/ports.ts';
import { readAnswer } from '../../shared/gathering/read-answer.ts';
import { closedView } from '../../shared/http/view.ts';

export interface Notifying {
  readonly store: GatheringStore;
  readonly topic: CompletionsTopic;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Sends the notice of a closed request, unless it was sent, or the request has been forgotten. */
export async function notify(notifying: Notifying, { requestId }: NoticeDue): Promise<'sent' | 'not-due'> {
  const { store, topic, clock, telemetry } = notifying;
  const head = await store.readHead(requestId, clock.now());
  const answer = head && isNoticeDue(head) && (await readAnswer(notifying, head));
  if (!answer) return 'not-due';
  const { job, acceptedAt, deadlineAt } = head;
  const { status, completionReason, version, closedAt } = answer;
  const { tasks, coverage, links } = closedView(head, answer);
  const notice: CompletionNotice = {
    ...{ v: 1, requestId, job, status, completionReason, version },
    ...{ tasks, coverage, acceptedAt, deadlineAt, closedAt, links },
  };
  await topic.publish(notice);
  await store.clearNotice(requestId);
  telemetry.count('NoticesSent');
  return 'sent';
}

/** @throws InvalidEnvelopeError when a message body names no request. */
export function readDue(body: string): NoticeDue {
  const message: unknown = JSON.parse(body);
  if (typeof message !== 'object' || message === null || !('requestId' in message))
    throw new InvalidEnvelopeError('a due notice has a requestId');
  const { requestId } = message;
  if (typeof requestId !== 'string') throw new InvalidEnvelopeError('a due notice has a requestId');
  return { requestId };
}

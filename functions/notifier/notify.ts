/**
 * The notifier tells of requests that closed, at least once: the mark in the head is taken away when its notice was
 * accepted or given up, so whoever dies in between does it again. What finds no mark is a repeat, and does nothing.
 */
import type { Answer } from '../../shared/core/answer.ts';
import { InvalidEnvelopeError } from '../../shared/core/errors.ts';
import { type CallbackAddress, type Head, isNoticeDue, leavesNested } from '../../shared/core/gathering.ts';
import { CALLBACK_DELAYS_SECONDS } from '../../shared/core/limits.ts';
import type {
  CallbackSender,
  CompletionNotice,
  CompletionsTopic,
  NoticeDue,
  NoticeQueue,
} from '../../shared/core/ports/notices.ts';
import type { Telemetry } from '../../shared/core/ports/telemetry.ts';
import type { EndingQueue } from '../../shared/core/ports/work.ts';
import { readAnswer } from '../../shared/gathering/read-answer.ts';
import { closedView } from '../../shared/http/view.ts';
import { type Answering, answerParent } from './answer-parent.ts';

export interface Notifying extends Answering {
  readonly topic: CompletionsTopic;
  readonly callbacks: CallbackSender;
  /** Where a callback that was not taken waits for its next attempt. */
  readonly notices: NoticeQueue;
  /** Where requests wait that have ended before those which their tasks asked for. */
  readonly endings: EndingQueue;
  readonly telemetry: Telemetry;
}

/** Sends the notices of a closed request, unless they were sent, or the request has been forgotten. */
export async function notify(notifying: Notifying, due: NoticeDue): Promise<'handled' | 'not-due'> {
  const { store, clock } = notifying;
  const head = await store.readHead(due.requestId, clock.now());
  const answer = head && isNoticeDue(head) && (await readAnswer(notifying, head));
  if (!answer) return 'not-due';
  if (leavesNested(head)) await endNested(notifying, head);
  if (head.parent) await answerParent(notifying, head, head.parent, answer);
  const notice = noticeOf(head, answer);
  if (head.topicNotice) await tellTopic(notifying, notice);
  if (head.callbackTo) await callBack(notifying, head.callbackTo, notice, due.attempt);
  return 'handled';
}

/** Has the requests ended that its tasks asked for. */
async function endNested({ endings, store }: Notifying, { requestId }: Head): Promise<void> {
  await endings.send([{ kind: 'ended', requestId }]);
  await store.clearNotice(requestId, 'nested');
}

function noticeOf(head: Head, answer: Answer): CompletionNotice {
  const { requestId, job, acceptedAt, deadlineAt } = head;
  const { status, completionReason, version, closedAt } = answer;
  const { tasks, coverage, links } = closedView(head, answer);
  return {
    ...{ v: 1, requestId, job, status, completionReason, version },
    ...{ tasks, coverage, acceptedAt, deadlineAt, closedAt, links },
  };
}

async function tellTopic({ topic, store, telemetry }: Notifying, notice: CompletionNotice): Promise<void> {
  await topic.publish(notice);
  await store.clearNotice(notice.requestId, 'topic');
  telemetry.count('NoticesSent');
}

/** A callback that is not taken is tried again later by a message of its own, so many times. */
async function callBack(
  { callbacks, notices, store, clock, telemetry }: Notifying,
  to: CallbackAddress,
  notice: CompletionNotice,
  attempt: number,
): Promise<void> {
  const { requestId, version } = notice;
  const message = { id: `${requestId}-v${version}`, body: JSON.stringify(notice), at: clock.now() };
  const { outcome, reason } = await callbacks.send(to, message);
  const delay = CALLBACK_DELAYS_SECONDS[attempt - 1];
  if (outcome === 'not-taken' && delay !== undefined) {
    await notices.send({ requestId, attempt: attempt + 1 }, delay);
    if (attempt === 1) await store.noteCalled(requestId, clock.now());
    return;
  }
  if (outcome !== 'taken')
    telemetry.warn('callback given up', { requestId, host: new URL(to.url).host, attempts: attempt, reason });
  telemetry.count(outcome === 'taken' ? 'NoticesSent' : 'NoticesFailed');
  await store.clearNotice(requestId, 'callback');
}

/** @throws InvalidEnvelopeError when a message body names no request. */
export function readDue(body: string): NoticeDue {
  const { requestId, attempt } = (JSON.parse(body) ?? {}) as Partial<NoticeDue>;
  if (typeof requestId !== 'string' || !Number.isSafeInteger(attempt) || Number(attempt) < 1)
    throw new InvalidEnvelopeError('a due notice has requestId and attempt');
  return { requestId, attempt: Number(attempt) };
}

/**
 * Completion notices, at least once. Whoever closed a request asks for its notice; if they die before that, the mark in
 * the closed head is found by whoever comes to it next, and by the request's timer, which comes in any case. They ask again.
 */
import { messageOf } from '../core/errors.ts';
import { type Head, isNoticeDue, isNoticeLeft } from '../core/gathering.ts';
import { LIMITS } from '../core/limits.ts';
import type { Gathering } from './context.ts';

type Announcing = Pick<Gathering, 'notices' | 'telemetry'>;

/** Asks for the notice of a closed request, if any is due. */
export async function announce({ notices }: Announcing, head: Head): Promise<void> {
  if (isNoticeDue(head)) await notices.send({ requestId: head.requestId, attempt: 1 }, 0);
}

/**
 * The same by whoever has closed the request: what it closed for does not fail for the notice. The head without its mark
 * once the notice is asked for.
 */
export async function announceClosed(announcing: Announcing, head: Head): Promise<Head> {
  if (!isNoticeDue(head)) return head;
  const { topicNotice: _, callbackTo: __, parent: ___, nests: ____, ...announced } = head;
  try {
    await announce(announcing, head);
    return announced;
  } catch (error) {
    const reason = messageOf(error, LIMITS.messageLength);
    announcing.telemetry.warn('notice not asked for', { requestId: head.requestId, reason });
    return head;
  }
}

/** The same by whoever finds a closed request whose notice seems to have been forgotten. */
export async function announceLeft(announcing: Announcing & Pick<Gathering, 'clock'>, head: Head): Promise<Head> {
  return isNoticeLeft(head, announcing.clock.now()) ? announceClosed(announcing, head) : head;
}

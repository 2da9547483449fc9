/** The end of a roll-call: sealed once, then read, then kept, so that whoever asks again is told the same. */
import { attendanceOf, firstAnswers } from '../core/roll-call/attendance.ts';
import { type Census, expectedOf } from '../core/roll-call/census.ts';
import { answerBy, type RollAnswer, type RollCall, type RollCallOutcome } from '../core/roll-call/roll-call.ts';
import type { RollClosing } from './context.ts';
import { learn } from './learn.ts';

export interface ClosedRollCall {
  readonly rollCall: RollCall;
  readonly outcome: RollCallOutcome;
}

/**
 * Closes a roll-call, whoever else does so too, and says how it ended; `known` is what was known when it began, if that was read.
 * Only who closes it learns from it, so that it is learnt once.
 */
export async function closeRoll(
  closing: RollClosing,
  open: RollCall,
  known?: readonly Census[],
): Promise<ClosedRollCall> {
  const closed = await closing.store.close(open.rollCallId, closing.clock.now());
  if (closed === 'refused') return endOf(closing, await reread(closing, open));
  const censuses = known ?? (await closing.census.glance(open.services));
  const answers = await answersOf(closing, closed);
  const [ended] = await Promise.all([
    conclude(closing, closed, censuses, answers),
    learn(closing, closed, censuses, answers),
  ]);
  const { present, presentNotShown, absent, status } = ended.outcome;
  closing.telemetry.log('roll-call closed', {
    ...{ rollCallId: open.rollCallId, status, present: present.length + presentNotShown, absent: absent.length },
  });
  return ended;
}

/** How a roll-call ended, or the roll-call while it is open; a window that has passed is closed by whoever reads. */
export async function settleRoll(
  closing: RollClosing,
  rollCall: RollCall,
): Promise<ClosedRollCall | { readonly rollCall: RollCall }> {
  if (rollCall.state === 'closed') return endOf(closing, rollCall);
  return closing.clock.now() < answerBy(rollCall) ? { rollCall } : closeRoll(closing, rollCall);
}

async function reread({ store, clock }: RollClosing, known: RollCall): Promise<RollCall> {
  return (await store.read(known.rollCallId, clock.now())) ?? known;
}

/** Whoever closed it may have died before the outcome was kept. */
async function endOf(closing: RollClosing, rollCall: RollCall): Promise<ClosedRollCall> {
  const outcome = await closing.store.readOutcome(rollCall.rollCallId);
  if (outcome) return { rollCall, outcome };
  const censuses = await closing.census.glance(rollCall.services);
  return conclude(closing, rollCall, censuses, await answersOf(closing, rollCall));
}

async function conclude(
  { store, clock }: RollClosing,
  rollCall: RollCall,
  censuses: readonly Census[],
  answers: readonly RollAnswer[],
): Promise<ClosedRollCall> {
  const attendance = attendanceOf(rollCall, expectedOf(rollCall, censuses), answers, censuses);
  const closedAt = rollCall.closedAt ?? clock.now();
  return { rollCall, outcome: await store.putOutcome(rollCall, { ...attendance, closedAt }) };
}

/** Who has answered until now. */
export async function answersOf({ store }: Pick<RollClosing, 'store'>, rollCall: RollCall): Promise<RollAnswer[]> {
  const chunks = await store.readAnswers(rollCall);
  return firstAnswers(
    chunks.flatMap(({ answers }) => answers),
    rollCall,
  );
}

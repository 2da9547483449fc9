/** The end of a roll-call: sealed once, then read, then kept, so that whoever asks again is told the same. */
import { attendanceOf, firstAnswers } from '../core/roll-call/attendance.ts';
import { answerBy, type RollCall, type RollCallOutcome } from '../core/roll-call/roll-call.ts';
import type { RollClosing } from './context.ts';

export interface ClosedRollCall {
  readonly rollCall: RollCall;
  readonly outcome: RollCallOutcome;
}

/** Closes a roll-call, whoever else does so too, and says how it ended. */
export async function closeRoll(closing: RollClosing, open: RollCall): Promise<ClosedRollCall> {
  const closed = await closing.store.close(open.rollCallId, closing.clock.now());
  if (closed === 'refused') return endOf(closing, await reread(closing, open));
  const ended = await conclude(closing, closed);
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
  return outcome ? { rollCall, outcome } : conclude(closing, rollCall);
}

async function conclude({ store, clock }: RollClosing, rollCall: RollCall): Promise<ClosedRollCall> {
  const chunks = await store.readAnswers(rollCall);
  const answers = firstAnswers(
    chunks.flatMap((chunk) => chunk.answers),
    rollCall,
  );
  const attendance = attendanceOf(rollCall, rollCall.expected ?? [], answers);
  const closedAt = rollCall.closedAt ?? clock.now();
  return { rollCall, outcome: await store.putOutcome(rollCall, { ...attendance, closedAt }) };
}

/**
 * Calling the roll: keep it, ask, wait, close. It is kept before anybody is asked, so that no answer comes to nothing; whoever
 * asks for it after its window closes it, so that a caller who dies leaves nothing undone.
 */
import { stillNeeded } from '../core/roll-call/attendance.ts';
import { expectedOf } from '../core/roll-call/census.ts';
import { type Asked, answerBy, type RollCall, rollCallEnvelope } from '../core/roll-call/roll-call.ts';
import { answersOf, type ClosedRollCall, closeRoll } from './close-roll.ts';
import type { RollCalling } from './context.ts';

/** Calls the roll for `owner` and waits for its end. */
export async function callRoll(calling: RollCalling, owner: string, asked: Asked): Promise<ClosedRollCall> {
  const rollCall = opened(calling, owner, asked);
  const asking = ask(calling, rollCall);
  const [censuses] = await Promise.all([calling.census.glance(asked.services), asking]);
  await awaitAnswers(calling, rollCall, expectedOf(rollCall, censuses));
  return closeRoll(calling, rollCall, censuses);
}

async function ask({ store, topic, replyTo }: RollCalling, rollCall: RollCall): Promise<void> {
  await store.register(rollCall);
  await topic.publish(rollCallEnvelope(rollCall, replyTo));
}

function opened({ ids, clock, retentionMs }: RollCalling, owner: string, asked: Asked): RollCall {
  const askedAt = clock.now();
  return {
    ...{ rollCallId: ids.requestId(), owner, answersToken: ids.resultsToken(), askedAt, state: 'open', arrived: 0 },
    ...asked,
    ttlEpochSeconds: Math.ceil((askedAt + asked.windowMs + retentionMs) / 1_000),
  };
}

/** Between two looks at the hint, in ms: an eighth of the time waited. */
const PAUSE_MS = { min: 15, max: 100 } as const;

/** Waits for the end of the window, or until nobody is missing; where nobody is known to be expected there is nothing to look for. */
async function awaitAnswers(
  { store, clock }: RollCalling,
  rollCall: RollCall,
  expected: readonly string[],
): Promise<void> {
  const { rollCallId, askedAt, minWindowMs } = rollCall;
  const until = answerBy(rollCall);
  if (expected.length === 0) return sleepUntil(clock, until);
  await sleepUntil(clock, askedAt + minWindowMs);
  let lookAt = stillNeeded(expected, rollCall, []);
  for (let now = clock.now(); now < until; now = clock.now()) {
    const arrived = (await store.glance(rollCallId, now))?.arrived ?? 0;
    if (arrived >= lookAt) {
      const needed = stillNeeded(expected, rollCall, await answersOf({ store }, rollCall));
      if (needed === 0) return;
      lookAt = arrived + needed;
    }
    const pause = Math.min(PAUSE_MS.max, Math.max(PAUSE_MS.min, (now - askedAt) / 8));
    await clock.sleep(Math.min(pause, until - now));
  }
}

/** A timer may be a millisecond early. */
async function sleepUntil(clock: RollCalling['clock'], instant: number): Promise<void> {
  for (let now = clock.now(); now < instant; now = clock.now()) await clock.sleep(instant - now);
}

/** Learning from a roll-call: at most a write a service, and none where nothing is new. What cannot be kept is not learnt. */
import { messageOf } from '../core/errors.ts';
import { CENSUS, LIMITS } from '../core/limits.ts';
import { type Census, type Lesson, lessonOf, noCensus } from '../core/roll-call/census.ts';
import type { RollAnswer, RollCall } from '../core/roll-call/roll-call.ts';
import type { RollClosing } from './context.ts';

/** Keeps what a roll-call that is closed teaches beyond what was known when it began. Never throws: the roll-call stands. */
export async function learn(
  closing: RollClosing,
  rollCall: RollCall,
  known: readonly Census[],
  answers: readonly RollAnswer[],
): Promise<void> {
  const byService = Map.groupBy(answers, ({ service }) => service);
  const fresh = [...byService.keys()].filter((service) => known.every((census) => census.service !== service));
  const room = Math.max(0, CENSUS.services - known.length);
  const censuses = [...known, ...fresh.slice(0, room).map(noCensus)];
  await Promise.all(
    censuses.map(async (census) => {
      try {
        await learnService(closing, rollCall, census, byService.get(census.service) ?? []);
      } catch (error) {
        const reason = messageOf(error, LIMITS.messageLength);
        closing.telemetry.warn('census not kept', { service: census.service, reason });
      }
    }),
  );
}

/** Others may learn at the same time: it is tried again on what they have kept. */
async function learnService(
  closing: RollClosing,
  rollCall: RollCall,
  known: Census,
  answers: readonly RollAnswer[],
): Promise<void> {
  let census = known;
  for (let tried = 0; tried < CENSUS.tries; tried++) {
    const lesson = lessonOf(rollCall, census, answers);
    if (!lesson.isNews) return;
    const ttlEpochSeconds = Math.ceil((closing.clock.now() + CENSUS.forgetAfterMs) / 1_000);
    if ((await closing.census.put(lesson.census, ttlEpochSeconds)) === 'put') return tellLost(closing, lesson);
    census = await closing.census.read(known.service);
  }
}

function tellLost({ telemetry }: RollClosing, { census: { service }, lost }: Lesson): void {
  if (lost.length === 0) return;
  telemetry.count('RegularMembersAbsent', lost.length);
  for (const { instanceId, seenAt } of lost.slice(0, LIMITS.tasksNamed))
    telemetry.warn('regular member absent', { service, instanceId, lastSeenAt: seenAt });
}

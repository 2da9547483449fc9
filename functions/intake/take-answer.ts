/**
 * Answers to roll-calls over HTTPS, from instances that have no credentials of AWS. As for results: all that costs nothing is
 * checked first, then one read says whether the token is the roll-call's. Who is present is counted by attendance.
 */
import { requireObject } from '../../shared/core/members.ts';
import type { Clock } from '../../shared/core/ports/runtime.ts';
import type { AnswersSender, RollCallFactsReader } from '../../shared/core/roll-call/ports.ts';
import { parseInstance } from '../../shared/core/roll-call/present.ts';
import { answerBy } from '../../shared/core/roll-call/roll-call.ts';
import { REQUEST_ID } from '../../shared/http/request-id.ts';
import { isSameToken } from '../../shared/http/token.ts';

export interface TakingAnswers {
  readonly rollCalls: RollCallFactsReader;
  readonly answers: AnswersSender;
  readonly clock: Pick<Clock, 'now'>;
}

export interface SentAnswer {
  readonly rollCallId: string;
  readonly token: string;
  readonly body: unknown;
}

/**
 * Passes an answer on. A foreign or forged token is told as a roll-call that there is not.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong.
 */
export async function takeAnswer(
  { rollCalls, answers, clock }: TakingAnswers,
  { rollCallId, token, body }: SentAnswer,
): Promise<'taken' | 'unknown-roll-call' | 'roll-call-closed'> {
  const instance = parseInstance(requireObject(body, 'the answer'));
  const now = clock.now();
  const rollCall = REQUEST_ID.test(rollCallId) ? await rollCalls.factsOf(rollCallId, now) : undefined;
  if (!rollCall || !isSameToken(rollCall.answersToken, token)) return 'unknown-roll-call';
  if (rollCall.state === 'closed' || now >= answerBy(rollCall)) return 'roll-call-closed';
  await answers.send({ v: 1, kind: 'present', rollCallId, answersToken: rollCall.answersToken, ...instance });
  return 'taken';
}

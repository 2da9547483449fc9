/** The intake's side of the API: each operation reads the call, asks its verb, and says it in HTTP. */
import { FanfoldError } from '../../shared/core/errors.ts';
import { LIMITS, RESULTS_MESSAGE_BYTES, SQS_MESSAGE_BYTES } from '../../shared/core/limits.ts';
import type { AppOptions, Operation } from '../../shared/http/app.ts';
import { bodyTooLarge, readJson } from '../../shared/http/body.ts';
import { fieldProblem, type ProblemCode, ProblemError } from '../../shared/http/problem.ts';
import { bearerToken } from '../../shared/http/token.ts';
import { type SentAnswer, type TakingAnswers, takeAnswer } from './take-answer.ts';
import { type Sent, type Taken, type Taking, takeResults } from './take-results.ts';

/** They change with a deployment alone. */
const UNTIL_DEPLOYED = { 'content-type': 'application/schema+json', 'cache-control': 'public, max-age=300' };

export function intakeOperations(taking: Taking): AppOptions['operations'] {
  return {
    sendResults: async ({ req }) => {
      const requestId = req.param('requestId') ?? '';
      const token = bearerToken(req.header('authorization'));
      const body = await readJson(req.raw, RESULTS_MESSAGE_BYTES);
      const taken = await orProblem(taking, { requestId, token, body });
      return Response.json({ requestId, results: countOf(taken) }, { status: 202 });
    },
    readSchema: async ({ req }) => {
      // Loaded when somebody asks: what makes schemas is larger than all the rest of this function.
      const { envelopeSchema, isEnvelopeName } = await import('../../shared/http/envelope-schemas.ts');
      const name = req.param('schema') ?? '';
      if (!isEnvelopeName(name))
        throw new ProblemError('unknown-schema', { detail: 'see /openapi.json for what there is' });
      return Response.json(envelopeSchema(name), { headers: UNTIL_DEPLOYED });
    },
  };
}

const orProblem = (taking: Taking, sent: Sent): Promise<Taken> =>
  namingWhatIsWrong('invalid-results', () => takeResults(taking, sent));

async function namingWhatIsWrong<Answer>(code: ProblemCode, take: () => Promise<Answer>): Promise<Answer> {
  try {
    return await take();
  } catch (error) {
    if (error instanceof FanfoldError && error.code === 'invalid-envelope')
      throw fieldProblem(code, 'body', error.message);
    throw error;
  }
}

function countOf(taken: Taken): number {
  if ('taken' in taken) return taken.taken;
  if (taken.refused === 'too-large') throw bodyTooLarge(taken.bytes, SQS_MESSAGE_BYTES);
  throw new ProblemError(taken.refused, { detail: WHY[taken.refused] });
}

const WHY = {
  'unknown-request': 'there is no request with this id and this token',
  'request-closed': 'drop these results, and do not send them again',
} as const;

/** Answers to roll-calls. */
export const rollCallAnswers =
  (taking: TakingAnswers): Operation =>
  async ({ req }) => {
    const rollCallId = req.param('rollCallId') ?? '';
    const token = bearerToken(req.header('authorization'));
    const body = await readJson(req.raw, LIMITS.answerBytes);
    const taken = await answerOrProblem(taking, { rollCallId, token, body });
    if (taken !== 'taken') throw new ProblemError(taken, { detail: WHY_NOT[taken] });
    return Response.json({ rollCallId }, { status: 202 });
  };

const WHY_NOT = {
  'unknown-roll-call': 'there is no roll-call with this id and this token',
  'roll-call-closed': 'drop this answer, and do not send it again',
} as const;

const answerOrProblem = (taking: TakingAnswers, sent: SentAnswer) =>
  namingWhatIsWrong('invalid-answer', () => takeAnswer(taking, sent));

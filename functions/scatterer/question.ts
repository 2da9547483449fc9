/** What a task asks for, read: a job, an input that its schema takes, and into how many tasks it is split. Or why not. */
import { ClaimError } from '../../shared/core/claim.ts';
import { impossible, policyOf, resolved } from '../../shared/core/completion.ts';
import type { FailureCause, NestedRequest } from '../../shared/core/envelope.ts';
import { messageOf } from '../../shared/core/errors.ts';
import type { Job } from '../../shared/core/job.ts';
import { asJson } from '../../shared/core/json.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { surveyTasks } from '../../shared/core/split.ts';
import { read } from '../../shared/gathering/claims.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { fieldProblems, notJsonProblem } from '../../shared/http/validation.ts';

export interface Question {
  readonly job: Job;
  readonly input: unknown;
  readonly expected: number;
}

export interface QuestionRefused {
  readonly cause: FailureCause | (string & {});
  readonly message: string;
}

/** Reads what a task of the request `asking` asks for; `depth` requests lie between the answer and its caller. */
export async function readQuestion(
  { jobs, claims }: Pick<Gathering, 'jobs' | 'claims'>,
  asking: string,
  depth: number,
  { job: name, input: inline, claim }: NestedRequest,
): Promise<Question | QuestionRefused> {
  if (depth > LIMITS.nestingDepth)
    return {
      cause: 'nested-too-deep',
      message: `more than ${LIMITS.nestingDepth} requests would lie one under another`,
    };
  const job = jobs.get(name);
  if (!job) return refused(name, 'is no job of this deployment');
  if (job.audience) return refused(name, 'asks who is present, which is for callers to have done');
  if (job.values === 'claims') return refused(name, 'answers with claims, which no other request can read');
  try {
    return questionOf(job, claim ? await read({ claims, requestId: asking }, claim) : inline);
  } catch (error) {
    if (error instanceof ClaimError) return { cause: error.code, message: error.message };
    throw error;
  }
}

function questionOf(job: Job, asked: unknown): Question | QuestionRefused {
  const parsed = parsedBy(job, asked);
  if ('why' in parsed) return refused(job.name, `does not take the input: ${parsed.why}`);
  const { input } = parsed;
  const survey = surveyTasks(job, input);
  if ('refused' in survey) return refused(job.name, `${survey.refused}: the input ${survey.message}`);
  const cannot = impossible(resolved(policyOf(job.completion), survey.expected), survey.expected);
  return cannot ? refused(job.name, `impossible-policy: its completion ${cannot}`) : { job, input, ...survey };
}

/** A schema's refinements are code of the job's own, and may throw. */
function parsedBy(job: Job, asked: unknown): { readonly input: unknown } | { readonly why: string } {
  try {
    const parsed = job.input.safeParse(asked);
    const input = parsed.success ? asJson(parsed.data) : undefined;
    if (input && 'value' in input) return { input: input.value };
    const problems = input ? [notJsonProblem(input)] : fieldProblems('error' in parsed ? parsed.error : undefined);
    return {
      why: problems.map(({ field, message }) => `${field} ${message}`).join('; '),
    };
  } catch (error) {
    return { why: messageOf(error, LIMITS.messageLength) };
  }
}

const refused = (job: string, why: string): QuestionRefused => ({
  cause: 'nested-refused',
  message: `the job "${job}" ${why}`.slice(0, LIMITS.messageLength),
});

/** The call `POST /v1/jobs/{job}`: what the caller asks for, read and refused by name; then an answer, or where to find it. */
import type { Answer } from '../../shared/core/answer.ts';
import { policyOf } from '../../shared/core/completion.ts';
import { type FanfoldError, messageOf } from '../../shared/core/errors.ts';
import type { CallbackAddress, Head } from '../../shared/core/gathering.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { estimateOf } from '../../shared/gathering/estimates.ts';
import { createHedger } from '../../shared/gathering/hedge.ts';
import { withLinks } from '../../shared/gathering/links.ts';
import { readAnswer } from '../../shared/gathering/read-answer.ts';
import { awaitClosed, waitEnd } from '../../shared/gathering/settle.ts';
import { acceptedResponse, closedResponse } from '../../shared/http/answers.ts';
import type { Call } from '../../shared/http/app.ts';
import { readJson } from '../../shared/http/body.ts';
import { callbackAddress } from '../../shared/http/callback.ts';
import { fingerprint } from '../../shared/http/fingerprint.ts';
import { completionParameter, deadlineParameter, idempotencyKey } from '../../shared/http/options.ts';
import { preferredWait } from '../../shared/http/prefer.ts';
import { fieldProblem, type ProblemCode, ProblemError } from '../../shared/http/problem.ts';
import { parseInput } from '../../shared/http/validation.ts';
import { requestPath } from '../../shared/http/view.ts';
import { type Distributing, distribute, type Refusal, type Submission } from './distribute.ts';
import { traceparentOf } from './trace.ts';

/** Submits what `call` asks for; `xrayTrace` is Lambda's trace header, if there is one. @throws ProblemError for everything a caller can get wrong. */
export async function submit(distributing: Distributing, call: Call, xrayTrace?: string): Promise<Response> {
  const wait = preferredWait(call.req.header('prefer'));
  const until = distributing.clock.now() + (wait?.waitMs ?? 0);
  const submission = await readSubmission(distributing, call, { waits: wait !== undefined, xrayTrace });
  const distributed = await distribute(distributing, submission);
  if ('refused' in distributed) throw problemOf(distributed);
  const headers = {
    location: requestPath(distributed.requestId),
    ...(wait ? { 'preference-applied': wait.applied } : {}),
  };
  return respond(distributing, distributed, wait ? until : undefined, headers);
}

async function respond(
  distributing: Distributing,
  accepted: Head,
  until: number | undefined,
  headers: Record<string, string>,
): Promise<Response> {
  const { clock, telemetry } = distributing;
  const { requestId } = accepted;
  const found = await find(distributing, accepted, until).catch((error: unknown) => {
    const reason = messageOf(error, LIMITS.messageLength);
    telemetry.warn('waiting was given up', { requestId, reason });
    return { head: accepted, answer: undefined };
  });
  if (!found.answer) {
    const estimate = await estimateOf(distributing, found.head);
    return acceptedResponse(accepted, { now: clock.now(), estimate, headers });
  }
  const { head, answer } = found;
  const { aggregate, hasLinks } = await withLinks(distributing, head, answer.aggregate);
  return closedResponse(head, { ...answer, aggregate }, { headers, hasLinks });
}

/** The head as it is after waiting, with its answer if there is one. The request exists: its caller is told where, whatever this throws. */
async function find(
  distributing: Distributing,
  accepted: Head,
  until: number | undefined,
): Promise<{ readonly head: Head; readonly answer: Answer | undefined }> {
  const waited =
    until === undefined
      ? accepted
      : await awaitClosed(distributing, accepted, waitEnd(until, accepted), createHedger(distributing));
  const head = waited ?? accepted;
  return { head, answer: await readAnswer(distributing, head) };
}

async function readSubmission(
  { jobs, callbackHosts }: Distributing,
  { req, var: { owner } }: Call,
  { waits, xrayTrace }: { readonly waits: boolean; readonly xrayTrace: string | undefined },
): Promise<Submission> {
  const job = jobs.get(req.param('job') ?? '');
  if (!job) throw unknownJob();
  const asked = { deadlineMs: req.query('deadlineMs'), completion: req.query('completion') };
  const deadlineMs = deadlineParameter(asked.deadlineMs) ?? job.deadlineMs;
  const policy = completionParameter(asked.completion, job.completion.kind) ?? policyOf(job.completion);
  const keyName = idempotencyKey(req.header('idempotency-key'));
  const callbackTo = callbackAddress(req.query('callback'), req.header('callback-secret'), callbackHosts);
  const body = await readJson(req.raw, LIMITS.inputBytes);
  const input = parseInput(job.input, body);
  const said = { job: job.name, body, deadlineMs: asked.deadlineMs, completion: asked.completion, callbackTo };
  const key = keyName && { name: keyName, fingerprint: fingerprintOf(said) };
  const traceparent = traceparentOf(req.header('traceparent'), xrayTrace);
  return {
    ...{ owner, job, input, deadlineMs, policy, waits },
    ...(key ? { key } : {}),
    ...(callbackTo ? { callbackTo } : {}),
    ...(traceparent ? { traceparent } : {}),
  };
}

const unknownJob = (): ProblemError =>
  new ProblemError('unknown-job', {
    detail: 'see /v1/jobs for what there is',
    errors: [{ field: 'job', message: 'is not a job of this deployment' }],
  });

/** Of what the caller said, and not of what the deployment adds, which may be another one when they repeat it. */
const fingerprintOf = (asked: {
  readonly job: string;
  readonly body: unknown;
  readonly deadlineMs: string | undefined;
  readonly completion: string | undefined;
  readonly callbackTo: CallbackAddress | undefined;
}): string => fingerprint([asked.job, asked.body, asked.deadlineMs, asked.completion, asked.callbackTo]);

/** Requests end at any moment; a few seconds make it likely. */
const TRY_LATER = { 'retry-after': '5' };

const PROBLEM_OF: Record<Refusal['refused'], { code: ProblemCode; field: string }> = {
  'no-task': { code: 'cannot-split', field: 'body' },
  'nobody-present': { code: 'nobody-present', field: 'job' },
  'too-many-tasks': { code: 'cannot-split', field: 'body' },
  'unknown-leaf': { code: 'cannot-split', field: 'body' },
  'no-instance': { code: 'cannot-split', field: 'body' },
  'payload-too-large': { code: 'cannot-split', field: 'body' },
  'split-threw': { code: 'cannot-split', field: 'body' },
  'impossible-policy': { code: 'impossible-policy', field: 'completion' },
  'key-reused': { code: 'key-reused', field: 'Idempotency-Key' },
  'too-many-open-requests': { code: 'too-many-open-requests', field: 'owner' },
};

function problemOf({ refused, message, limit }: Refusal): FanfoldError {
  const { code, field } = PROBLEM_OF[refused];
  return fieldProblem(code, field, message, limit, code === 'too-many-open-requests' ? TRY_LATER : undefined);
}

/** The status function's side of the API: each operation reads the call, asks its verb, and says it in HTTP. */
import { LIMITS } from '../../shared/core/limits.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import type { Hedging } from '../../shared/gathering/hedge.ts';
import { withLinks } from '../../shared/gathering/links.ts';
import { closedResponse, runningResponse } from '../../shared/http/answers.ts';
import type { AppOptions, Call } from '../../shared/http/app.ts';
import { cursorOf, readCursor } from '../../shared/http/cursor.ts';
import { jobsView } from '../../shared/http/jobs-view.ts';
import { openApiDocument } from '../../shared/http/openapi.ts';
import { countParameter, flagParameter, versionParameter } from '../../shared/http/options.ts';
import type { ApiAuth } from '../../shared/http/owner.ts';
import { queriedWait } from '../../shared/http/prefer.ts';
import { fieldProblem, ProblemError } from '../../shared/http/problem.ts';
import type { ResultsView } from '../../shared/http/schemas.ts';
import { requestPath } from '../../shared/http/view.ts';
import { cancel } from './cancel.ts';
import { type Description, describe, type NoSuchVersion } from './describe.ts';
import type { Named } from './find-owned.ts';
import { type Page, readPage } from './results.ts';

/** Rows of a results page unless the caller says otherwise. */
const DEFAULT_PAGE = 100;

/** What the description of the API and the list of jobs say changes only with a deployment. */
const FOR_FIVE_MINUTES = { 'cache-control': 'private, max-age=300' };

export function statusOperations(gathering: Hedging, auth: ApiAuth): AppOptions['operations'] {
  const jobs = [...gathering.jobs.values()];
  let document: unknown;
  return {
    describeRequest: async (call) => {
      const waitMs = queriedWait(call.req.query('wait'));
      const partial = flagParameter('partial', call.req.query('partial'));
      const version = versionParameter(call.req.query('version'));
      const asked = version === undefined ? {} : { version };
      return told(gathering, call, await describe(gathering, { ...named(call), waitMs, partial, ...asked }));
    },
    cancelRequest: async (call) => told(gathering, call, await cancel(gathering, named(call))),
    listResults: async (call) => {
      const from = readCursor(call.req.query('cursor'));
      const limit = countParameter('limit', call.req.query('limit'), { min: 1, max: LIMITS.resultsPage });
      const page = await readPage(gathering, { ...named(call), from, limit: limit ?? DEFAULT_PAGE });
      return Response.json(pageView(page ?? unknownRequest(), call));
    },
    listJobs: () => Response.json(jobsView(jobs), { headers: FOR_FIVE_MINUTES }),
    describeApi: () => {
      document ??= openApiDocument(jobs, auth);
      return Response.json(document, { headers: FOR_FIVE_MINUTES });
    },
    checkHealth: () => Response.json({ status: 'ok' }),
  };
}

const named = (call: Call): Named => ({ owner: call.var.owner, requestId: call.req.param('requestId') ?? '' });

function unknownRequest(): never {
  throw new ProblemError('unknown-request', { detail: 'you have no request with this id' });
}

function unknownVersion({ current }: NoSuchVersion): never {
  const rule = current === 0 ? 'is not there yet: the request runs' : `must be from 1 to ${current}`;
  throw fieldProblem('unknown-version', 'version', rule, current);
}

async function told(
  gathering: Gathering,
  call: Call,
  description: Description | NoSuchVersion | undefined,
): Promise<Response> {
  if (!description) return unknownRequest();
  if (description.state === 'no-such-version') return unknownVersion(description);
  const ifNoneMatch = call.req.method === 'DELETE' ? undefined : call.req.header('if-none-match');
  const { head } = description;
  if (description.state === 'closed') {
    const { aggregate, hasLinks } = await withLinks(gathering, head, description.answer.aggregate);
    return closedResponse(head, { ...description.answer, aggregate }, { ifNoneMatch, hasLinks });
  }
  const { aggregate, hasLinks } = await withLinks(gathering, head, description.aggregate);
  return runningResponse(head, { ...description, aggregate }, { now: gathering.clock.now(), ifNoneMatch, hasLinks });
}

function pageView({ requestId, status, rows, next }: Page, call: Call): ResultsView {
  const request = requestPath(requestId);
  const url = new URL(call.req.url);
  const self = `${request}/results${url.search}`;
  if (next === undefined) return { requestId, status, results: [...rows], links: { self, request } };
  url.searchParams.set('cursor', cursorOf(next));
  return { requestId, status, results: [...rows], links: { self, request, next: `${request}/results${url.search}` } };
}

/** Tasks that answered with a request of their own: it is passed on to be scattered, and nothing is marked for them yet. */
import {
  type DividedResult,
  type EnvelopeHeader,
  type FailedResult,
  isDivided,
  type ResultsEnvelope,
  type TaskReport,
  type TaskResult,
} from '../../shared/core/envelope.ts';
import { hasOneShard, tooLarge } from '../../shared/core/gathering.ts';
import { bytesOver } from '../../shared/core/json.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { NestedQueue, NestedSubmission } from '../../shared/core/ports/work.ts';
import type { Gathering, Jobs } from '../../shared/gathering/context.ts';

/** Passes on what tasks ask for; the reports of all other results. A request that is too large fails its task. */
export async function divide(
  { nested, store, jobs }: Pick<Gathering, 'store' | 'jobs'> & { readonly nested: NestedQueue },
  reports: readonly ResultsEnvelope[],
): Promise<readonly TaskReport[]> {
  const submissions: NestedSubmission[] = [];
  const rest = reports.map(({ results, ...header }) => ({
    ...header,
    results: results.flatMap((result): TaskResult[] => {
      if (!isDivided(result)) return [result];
      const bytes = bytesOver(result.request, LIMITS.valueBytes);
      if (bytes !== undefined) return [oversized(result, bytes)];
      submissions.push({ kind: 'nested', header, result });
      return [];
    }),
  }));
  const [first] = submissions;
  if (!first) return rest;
  await nested.send(submissions);
  const { requestId, resultsToken } = first.header;
  const tasks = submissions.map(({ result }) => result.taskIndex);
  if (mayBeHedged(jobs, first.header)) await store.noteDivided(requestId, resultsToken, tasks);
  return rest;
}

const mayBeHedged = (jobs: Jobs, header: EnvelopeHeader): boolean =>
  hasOneShard(header) && Boolean(jobs.get(header.job)?.hedge);

const oversized = ({ request: _, ...named }: DividedResult, bytes: number): FailedResult => ({
  ...named,
  error: { cause: 'result-too-large', message: tooLarge(bytes, LIMITS.valueBytes), retryable: false },
});

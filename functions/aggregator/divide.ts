/** Tasks that answered with a request of their own: it is passed on to be scattered, and nothing is marked for them yet. */
import {
  type DividedResult,
  type FailedResult,
  isDivided,
  type ResultsEnvelope,
  type TaskReport,
  type TaskResult,
} from '../../shared/core/envelope.ts';
import { tooLarge } from '../../shared/core/gathering.ts';
import { wireBytes } from '../../shared/core/json.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { NestedQueue, NestedSubmission } from '../../shared/core/ports.ts';

/** Passes on what tasks ask for; the reports of all other results. A request that is too large fails its task. */
export async function divide(
  { nested }: { readonly nested: NestedQueue },
  reports: readonly ResultsEnvelope[],
): Promise<readonly TaskReport[]> {
  const submissions: NestedSubmission[] = [];
  const rest = reports.map(({ results, ...header }) => ({
    ...header,
    results: results.flatMap((result): TaskResult[] => {
      if (!isDivided(result)) return [result];
      const bytes = wireBytes(result.request);
      if (bytes > LIMITS.valueBytes) return [oversized(result, bytes)];
      submissions.push({ kind: 'nested', header, result });
      return [];
    }),
  }));
  if (submissions.length > 0) await nested.send(submissions);
  return rest;
}

const oversized = ({ request: _, ...named }: DividedResult, bytes: number): FailedResult => ({
  ...named,
  error: { cause: 'result-too-large', message: tooLarge(bytes, LIMITS.valueBytes), retryable: false },
});

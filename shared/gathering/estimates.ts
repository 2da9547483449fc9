/** Estimates of a request, from what its function recalls of the job. */
import { type Estimate, estimateAt } from '../core/estimate.ts';
import type { Head } from '../core/gathering.ts';
import type { Gathering } from './context.ts';

/** When the request is likely to be complete, as seen now. */
export async function estimateOf(
  { history, clock }: Pick<Gathering, 'history' | 'clock'>,
  head: Head,
): Promise<Estimate> {
  const { past } = await history.recall(head.job);
  return estimateAt(head, past, clock.now());
}

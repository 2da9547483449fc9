/**
 * When a request may close, and what its ending is called. Pure decisions over true counts (never over hints).
 * Laws: monotone (more results never un-close a request) and total (every policy ends once every task is final).
 */

/** A completion policy as it travels and is stored: plain data. */
export type CompletionPolicy =
  | { readonly kind: 'all' }
  | { readonly kind: 'quorum'; readonly successes: number }
  | { readonly kind: 'tolerate'; readonly failures: number }
  | { readonly kind: 'when' };

/** A completion policy as a job declares it: `when` carries its predicate over the partial aggregate. */
export type Completion<Aggregate> =
  | Exclude<CompletionPolicy, { kind: 'when' }>
  | { readonly kind: 'when'; predicate(partial: Aggregate): boolean };

export type CompletionReason =
  | 'all-succeeded'
  | 'all-answered'
  | 'quorum-reached'
  | 'predicate-met'
  | 'deadline-passed'
  | 'too-many-failures'
  | 'cancelled'
  | 'job-error';

/** How a closed request ended; `running` is everything before. */
export type RequestStatus = 'running' | 'complete' | 'partial' | 'failed' | 'cancelled';

/** True counts, read from the results themselves. `expected = succeeded + failed + still unknown`. */
export interface Counts {
  readonly expected: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Every task must answer (the default). */
export const all = (): CompletionPolicy & { kind: 'all' } => ({ kind: 'all' });

/** `successes` tasks are enough; the request closes as soon as they are in, or can no longer be. */
export const quorum = (successes: number): CompletionPolicy & { kind: 'quorum' } => ({ kind: 'quorum', successes });

/** Up to `failures` failed tasks still count as complete. */
export const tolerate = (failures: number): CompletionPolicy & { kind: 'tolerate' } => ({ kind: 'tolerate', failures });

/** The request closes as soon as `predicate` holds over the partial aggregate. */
export const when = <Aggregate>(predicate: (partial: Aggregate) => boolean): Completion<Aggregate> => ({
  kind: 'when',
  predicate,
});

/** The policy without its predicate, fit for storage. */
export const policyOf = <Aggregate>(completion: Completion<Aggregate>): CompletionPolicy =>
  completion.kind === 'when' ? { kind: 'when' } : completion;

/** Why a request with these counts may close now; `undefined` while it may not. */
export function completionReason(
  policy: CompletionPolicy,
  counts: Counts,
  predicateMet = false,
): CompletionReason | undefined {
  const { expected, succeeded, failed } = counts;
  if (succeeded === expected) return 'all-succeeded';
  if (policy.kind === 'quorum' && succeeded >= policy.successes) return 'quorum-reached';
  if (policy.kind === 'quorum' && expected - failed < policy.successes) return 'too-many-failures';
  if (policy.kind === 'tolerate' && failed > policy.failures) return 'too-many-failures';
  if (policy.kind === 'when' && predicateMet) return 'predicate-met';
  return succeeded + failed === expected ? 'all-answered' : undefined;
}

/**
 * Whether a request may close for `reason` before all its tasks were published. One of a single shard is published in
 * a breath, and waits for that; a larger one has no reason to publish what nobody waits for any more.
 */
export const closesUnscattered = (reason: CompletionReason, shards: 'one' | 'many'): boolean =>
  shards === 'many' || reason === 'deadline-passed' || reason === 'cancelled' || reason === 'job-error';

/** The reason to publish: what was folded may say more than what made the closer act (the last result beat the seal). */
export function settledReason(
  began: CompletionReason,
  policy: CompletionPolicy,
  counts: Counts,
  predicateMet = began === 'predicate-met',
): CompletionReason {
  if (began === 'cancelled') return began;
  return completionReason(policy, counts, predicateMet) ?? began;
}

/** The public status of a request closed for `reason` with these folded counts, by the table "how a request ends". */
export function statusOf(reason: CompletionReason, policy: CompletionPolicy, counts: Counts): RequestStatus {
  switch (reason) {
    case 'cancelled':
      return 'cancelled';
    case 'all-succeeded':
    case 'quorum-reached':
    case 'predicate-met':
      return 'complete';
    case 'too-many-failures':
    case 'job-error':
      return 'failed';
    case 'all-answered':
      if (counts.succeeded === 0) return 'failed';
      return policy.kind === 'tolerate' ? 'complete' : 'partial';
    case 'deadline-passed':
      return counts.succeeded === 0 ? 'failed' : 'partial';
  }
}

/** Says why `policy` cannot be met with `expected` tasks; `undefined` when it can. */
export function impossible(policy: CompletionPolicy, expected: number): string | undefined {
  if (policy.kind === 'quorum' && policy.successes > expected)
    return `asks for ${policy.successes} successes, and this request has ${expected} tasks`;
  return undefined;
}

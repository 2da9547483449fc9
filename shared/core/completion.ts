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

/** A share of a request's tasks: above 0 (of failures, from 0) to 1. */
export interface Share {
  readonly share: number;
}

/** A completion policy as it is asked for, before it is known how many tasks a request has. */
export type AskedPolicy =
  | CompletionPolicy
  | ({ readonly kind: 'quorum' } & Share)
  | ({ readonly kind: 'tolerate' } & Share);

/** A completion policy as a job declares it: `when` carries its predicate over the partial aggregate. */
export type Completion<Aggregate> =
  | Exclude<AskedPolicy, { kind: 'when' }>
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

/**
 * So many successes, or such a share of the tasks (rounded up), are enough; the request closes as soon as they are in, or
 * can no longer be.
 */
export const quorum = <Asked extends number | Share>(successes: Asked): AskedOf<Asked, 'quorum'> =>
  (typeof successes === 'number'
    ? { kind: 'quorum', successes }
    : { kind: 'quorum', share: successes.share }) as AskedOf<Asked, 'quorum'>;

/** Up to so many failed tasks, or such a share of the tasks (rounded down), still count as complete. */
export const tolerate = <Asked extends number | Share>(failures: Asked): AskedOf<Asked, 'tolerate'> =>
  (typeof failures === 'number'
    ? { kind: 'tolerate', failures }
    : { kind: 'tolerate', share: failures.share }) as AskedOf<Asked, 'tolerate'>;

/** A count is a policy as it is; a share has to wait for the number of tasks. */
type AskedOf<Asked, Kind extends 'quorum' | 'tolerate'> = Asked extends number
  ? Extract<CompletionPolicy, { kind: Kind }>
  : Extract<AskedPolicy, { kind: Kind } & Share>;

/** The request closes as soon as `predicate` holds over the partial aggregate. */
export const when = <Aggregate>(predicate: (partial: Aggregate) => boolean): Completion<Aggregate> => ({
  kind: 'when',
  predicate,
});

/** The policy without its predicate. */
export const policyOf = <Aggregate>(completion: Completion<Aggregate>): AskedPolicy =>
  completion.kind === 'when' ? { kind: 'when' } : completion;

/** Far above what a product of a share and a number of tasks is off by, far below one task. */
const ROUNDING = 1e-6;

/** The policy of a request of `expected` tasks: of a share a count, fit for storage. */
export function resolved(policy: AskedPolicy, expected: number): CompletionPolicy {
  if (!('share' in policy)) return policy;
  const tasks = policy.share * expected;
  return policy.kind === 'quorum' ? quorum(Math.ceil(tasks - ROUNDING)) : tolerate(Math.floor(tasks + ROUNDING));
}

/** A policy in the form that a caller may ask for it. */
export function policyText(policy: AskedPolicy): string {
  if ('share' in policy) return `${policy.kind}:${Number((policy.share * 100).toFixed(3))}%`;
  if (policy.kind === 'quorum') return `quorum:${policy.successes}`;
  return policy.kind === 'tolerate' ? `tolerate:${policy.failures}` : policy.kind;
}

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

/** Whether a request that closes for this reason leaves tasks under way that would still be in time. */
export const endsEarly = (reason: CompletionReason | undefined): boolean => reason !== undefined && EARLY.has(reason);

const EARLY: ReadonlySet<CompletionReason> = new Set<CompletionReason>([
  ...(['quorum-reached', 'predicate-met', 'too-many-failures', 'cancelled', 'job-error'] as const),
]);

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

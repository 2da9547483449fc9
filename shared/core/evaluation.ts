/**
 * Quorum and tolerance over many shards: no item sees all marks, so the shards' hints are added up now and then. A hint
 * is never below the truth, so their sum says when to look; what was read at a shard, together with what came in there
 * since, says so the better the next time. What decides is what was read alone.
 */
import { type CompletionPolicy, type CompletionReason, type Counts, completionReason } from './completion.ts';
import { foldedCounts, type Head, hasOneShard, type Tally } from './gathering.ts';

/** What was read at one open shard, and the hints it was read under. */
export interface ShardSight {
  readonly shard: number;
  readonly seenArrived: number;
  readonly seenFailed: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** The tally of each shard that is published and not folded. */
export type Tallies = ReadonlyMap<number, Pick<Tally, 'arrived' | 'failed'>>;

/** Whether a request has a policy that can be met before its shards are full. */
export const needsEvaluation = (head: Pick<Head, 'expected' | 'shardSize' | 'policy'>): boolean =>
  !hasOneShard(head) && (head.policy.kind === 'quorum' || head.policy.kind === 'tolerate');

/** The counts that were read: of folded shards the head's, of others what somebody saw. The truth is no less. */
export const known = (head: Head, sights: readonly ShardSight[]): Counts => sum(head, sights);

/** What the counts can be at most, by the hints. */
export function atMost(head: Head, tallies: Tallies, sights: readonly ShardSight[]): Counts {
  const seen = new Map(sights.map((sight) => [sight.shard, sight]));
  const parts = [...tallies].map(([shard, { arrived, failed }]) => {
    const sight = seen.get(shard);
    return {
      succeeded: arrived - (sight ? sight.seenArrived - sight.succeeded : 0),
      failed: failed - (sight ? sight.seenFailed - sight.failed : 0),
    };
  });
  return sum(head, parts);
}

function sum(head: Head, parts: readonly Omit<Counts, 'expected'>[]): Counts {
  const folded = foldedCounts(head);
  const total = (member: 'succeeded' | 'failed'): number =>
    parts.reduce((sum, part) => sum + part[member], folded[member]);
  return { expected: head.expected, succeeded: total('succeeded'), failed: total('failed') };
}

/** Whether a policy may be met if the counts are no more than these. */
export function mayBeMet(policy: CompletionPolicy, { expected, succeeded, failed }: Counts): boolean {
  if (policy.kind === 'quorum') return succeeded >= policy.successes || expected - failed < policy.successes;
  return policy.kind === 'tolerate' && failed > policy.failures;
}

/** Why a request may close by what was read; `all-answered` and `all-succeeded` are left to its folds. */
export const evaluated = (head: Head, sights: readonly ShardSight[]): CompletionReason | undefined =>
  mayBeMet(head.policy, known(head, sights)) ? completionReason(head.policy, known(head, sights)) : undefined;

const PAUSE_MS = { min: 1_000, max: 60_000, shareOfAge: 60 } as const;

/**
 * How long until the hints are added up again, in ms: a second in the first minute, then a sixtieth of the request's age,
 * a minute at most. That is 306 times in the first hour and 60 in each further one, and what is met is
 * noticed within 2 % of the time that it took.
 */
export const evaluationPause = (ageMs: number): number =>
  Math.min(PAUSE_MS.max, Math.max(PAUSE_MS.min, ageMs / PAUSE_MS.shareOfAge));

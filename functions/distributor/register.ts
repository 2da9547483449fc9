/** Registering: everything a request needs before its head, at once, and then the head. Each write may be repeated. */
import { all } from '../../shared/core/completion.ts';
import { emptyTally, type Head, hasOneShard, rangeOf, shardAddresses } from '../../shared/core/gathering.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { KeyClaim } from '../../shared/core/ports.ts';
import { delaySeconds } from '../../shared/core/timer.ts';
import type { Distributing, Submission } from './distribute.ts';

/** Registers a request of `expected` tasks; the head in force, which may be that of a racing repeat. */
export async function register(
  { store, timers, clock, retentionMs, telemetry }: Distributing,
  submission: Submission,
  claim: KeyClaim,
  expected: number,
): Promise<Head> {
  const head = newHead(submission, claim, { expected, acceptedAt: clock.now(), retentionMs });
  const { requestId, deadlineAt, acceptedAt, ttlEpochSeconds, resultsToken } = head;
  const shards = hasOneShard(head) ? [] : shardAddresses(head);
  await Promise.all([
    timers.schedule({ requestId, deadlineAt, hops: 0 }, delaySeconds(deadlineAt, acceptedAt)),
    store.putInput(requestId, submission.input, ttlEpochSeconds),
    ...shards.map((address) => {
      const tally = emptyTally(all(), rangeOf(head, address).size);
      return store.registerShard({ ...tally, address, resultsToken, ttlEpochSeconds });
    }),
  ]);
  if ((await store.registerHead(head)) === 'exists') return (await store.readHead(requestId, acceptedAt)) ?? head;
  telemetry.count('RequestsAccepted');
  telemetry.log('request accepted', { requestId, job: head.job, expected, deadlineAt });
  return head;
}

function newHead(
  { owner, job, deadlineMs, policy }: Submission,
  { requestId, resultsToken }: KeyClaim,
  { expected, acceptedAt, retentionMs }: { expected: number; acceptedAt: number; retentionMs: number },
): Head {
  const deadlineAt = acceptedAt + deadlineMs;
  return {
    ...{ requestId, owner, resultsToken, expected, policy, acceptedAt, deadlineAt },
    ...{ job: job.name, jobVersion: job.version, shardSize: LIMITS.tasksPerShard },
    ...{ state: 'open', version: 0 },
    ttlEpochSeconds: Math.ceil((deadlineAt + retentionMs) / 1_000),
    ...emptyTally(policy, expected),
  };
}

/** Registering: everything a request needs before its head, at once, and then the head. Each write may be repeated. */
import { all, resolved } from '../../shared/core/completion.ts';
import { needsEvaluation } from '../../shared/core/evaluation.ts';
import {
  emptyTally,
  type Head,
  hasOneShard,
  inHead,
  rangeOf,
  type Shard,
  shardAddresses,
} from '../../shared/core/gathering.ts';
import { graceOf } from '../../shared/core/late.ts';
import { LINES } from '../../shared/core/lines.ts';
import type { KeyClaim } from '../../shared/core/ports.ts';
import { delaySeconds } from '../../shared/core/timer.ts';
import { estimateOf } from '../../shared/gathering/estimates.ts';
import type { Distributing, Submission } from './distribute.ts';

/** No request of several shards has met its policy earlier. */
const FIRST_EVALUATION_SECONDS = 1;

/** Registers a request of `expected` tasks; the head in force, which may be that of a racing repeat. */
export async function register(
  distributing: Distributing,
  submission: Submission,
  claim: KeyClaim,
  expected: number,
): Promise<Head> {
  const { store, timers, ids, telemetry } = distributing;
  const head = await withPromise(distributing, newHead(distributing, submission, claim, expected));
  const { requestId, deadlineAt, acceptedAt, ttlEpochSeconds } = head;
  await Promise.all([
    timers.schedule({ requestId, deadlineAt, hops: 0 }, delaySeconds(deadlineAt, acceptedAt)),
    needsEvaluation(head)
      ? timers.schedule(
          { purpose: 'evaluate', requestId, deadlineAt, hops: 0, holder: ids.leaseId(), sights: [] },
          FIRST_EVALUATION_SECONDS,
        )
      : undefined,
    head.input ? undefined : store.putInput(requestId, submission.input, ttlEpochSeconds),
    hasOneShard(head) ? undefined : store.registerShards(shardsOf(head)),
  ]);
  if ((await store.registerHead(head)) === 'exists') return (await store.readHead(requestId, acceptedAt)) ?? head;
  telemetry.log(LINES.requestAccepted, { requestId, job: head.job, expected, deadlineAt });
  return head;
}

const shardsOf = (head: Head): Shard[] =>
  shardAddresses(head).map((address) => ({
    ...emptyTally(all(), rangeOf(head, address).size),
    ...{ address, resultsToken: head.resultsToken, ttlEpochSeconds: head.ttlEpochSeconds },
  }));

/** With the estimate that the caller is given, where there is one: at the end it is seen whether it was kept. */
async function withPromise(distributing: Distributing, head: Head): Promise<Head> {
  const { p95At } = await estimateOf(distributing, head);
  return p95At === undefined ? head : { ...head, likelyBy: p95At };
}

function newHead(
  { clock, retentionMs, tasksPerShard }: Distributing,
  { owner, job, input, deadlineMs, policy, callbackTo }: Submission,
  { requestId, resultsToken }: KeyClaim,
  expected: number,
): Head {
  const acceptedAt = clock.now();
  const counted = resolved(policy, expected);
  const deadlineAt = acceptedAt + deadlineMs;
  return {
    ...{ requestId, owner, resultsToken, expected, policy: counted, acceptedAt, deadlineAt },
    ...{ job: job.name, jobVersion: job.version, shardSize: tasksPerShard },
    ...{ state: 'open', version: 0 },
    ...graceOf(job.late, { expected, shardSize: tasksPerShard }),
    ...(callbackTo ? { callbackTo } : {}),
    ...(job.notices === 'topic' ? { topicNotice: true } : {}),
    ...(inHead.input({ expected, shardSize: tasksPerShard }, input) ? { input: { value: input } } : {}),
    ttlEpochSeconds: Math.ceil((deadlineAt + retentionMs) / 1_000),
    ...emptyTally(counted, expected),
  };
}

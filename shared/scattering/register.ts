/** Registering: everything a request needs before its head, at once, and then the head. Each write may be repeated. */
import { all, resolved } from '../core/completion.ts';
import { needsEvaluation } from '../core/evaluation.ts';
import { emptyTally, type Head, hasOneShard, inHead, rangeOf, type Shard, shardAddresses } from '../core/gathering.ts';
import { graceOf } from '../core/late.ts';
import { CALLBACK_KEPT_MS } from '../core/limits.ts';
import { LINES } from '../core/lines.ts';
import { deadlineTimers } from '../core/timer.ts';
import { estimateOf } from '../gathering/estimates.ts';
import type { Child } from './child.ts';
import type { Asked, Submitting } from './context.ts';

/** No request of several shards has met its policy earlier. */
const FIRST_EVALUATION_SECONDS = 1;

/** Registers a request of `expected` tasks; the head in force, which may be that of a racing repeat. */
export async function register(submitting: Submitting, asked: Asked, names: Child, expected: number): Promise<Head> {
  const { store, timers, ids, telemetry } = submitting;
  const head = await withPromise(submitting, newHead(submitting, asked, names, expected));
  const { requestId, deadlineAt, acceptedAt, ttlEpochSeconds } = head;
  await Promise.all([
    ...deadlineTimers({ requestId, deadlineAt, hops: 0 }, acceptedAt).map((due) => timers.schedule(...due)),
    needsEvaluation(head)
      ? timers.schedule(
          { purpose: 'evaluate', requestId, deadlineAt, hops: 0, holder: ids.leaseId(), sights: [] },
          FIRST_EVALUATION_SECONDS,
        )
      : undefined,
    head.input ? undefined : store.putInput(requestId, asked.input, ttlEpochSeconds),
    hasOneShard(head) ? undefined : store.registerShards(shardsOf(head)),
  ]);
  if ((await store.registerHead(head)) === 'exists') return (await store.readHead(requestId, acceptedAt)) ?? head;
  const above = head.parent && { parentId: head.parent.requestId, parentTask: head.parent.taskIndex };
  telemetry.log(LINES.requestAccepted, { requestId, job: head.job, expected, deadlineAt, ...above });
  return head;
}

const shardsOf = (head: Head): Shard[] =>
  shardAddresses(head).map((address) => ({
    ...emptyTally(all(), rangeOf(head, address).size),
    ...{ address, resultsToken: head.resultsToken, ttlEpochSeconds: head.ttlEpochSeconds },
  }));

/** With the estimate that the caller is given, where there is one: at the end it is seen whether it was kept. */
async function withPromise(submitting: Submitting, head: Head): Promise<Head> {
  const { p95At } = await estimateOf(submitting, head);
  return p95At === undefined ? head : { ...head, likelyBy: p95At };
}

function newHead(
  { clock, retentionMs, tasksPerShard }: Submitting,
  { owner, job, input, deadlineMs, policy, callbackTo, parent }: Asked,
  { requestId, resultsToken }: Child,
  expected: number,
): Head {
  const acceptedAt = clock.now();
  const counted = resolved(policy, expected);
  const deadlineAt = acceptedAt + deadlineMs;
  return {
    ...{ requestId, owner, resultsToken, expected, policy: counted, acceptedAt, deadlineAt },
    ...{ job: job.name, jobVersion: job.version, shardSize: tasksPerShard },
    ...{ state: 'open', version: 0 },
    // Of a nested request only the first answer goes anywhere.
    ...(parent ? {} : graceOf(job.late, { expected, shardSize: tasksPerShard })),
    ...(callbackTo ? { callbackTo } : {}),
    ...(parent ? { parent } : {}),
    ...(job.notices === 'topic' ? { topicNotice: true } : {}),
    ...(inHead.input({ expected, shardSize: tasksPerShard }, input) ? { input: { value: input } } : {}),
    ttlEpochSeconds: Math.ceil(
      (deadlineAt + (callbackTo ? Math.max(retentionMs, CALLBACK_KEPT_MS) : retentionMs)) / 1_000,
    ),
    ...emptyTally(counted, expected),
  };
}

/** Registering: everything a request needs before its head, and then the head. Each write may be repeated. */
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
  const head = await draftHead(submitting, asked, names, expected);
  await Promise.all([setTimers(submitting, head), putBeside(submitting, asked, head)]);
  return enter(submitting, head);
}

/** An admission that takes longer, in ms, is not taken from the request's time: its instants, and its timers, are set anew. */
const SLOW_ADMISSION_MS = 250;

/**
 * Registers it while `admission` is under way: its timers alone are set before that has said yes, and find nothing if it says no;
 * then what it said is returned.
 */
export async function registerAdmitted<Refusal>(
  submitting: Submitting,
  { asked, names, expected }: { readonly asked: Asked; readonly names: Child; readonly expected: number },
  admission: Promise<Refusal | undefined>,
): Promise<Head | Refusal> {
  const drafted = draftHead(submitting, asked, names, expected).then(async (head) => {
    await setTimers(submitting, head);
    return head;
  });
  drafted.catch(() => undefined); // it is awaited below, unless there is a refusal first
  const refusal = await admission;
  if (refusal !== undefined) return refusal;
  const admittedAt = submitting.clock.now();
  const head = await drafted;
  if (admittedAt - head.acceptedAt > SLOW_ADMISSION_MS) return register(submitting, asked, names, expected);
  await putBeside(submitting, asked, head);
  return enter(submitting, head);
}

/** Who is told when the deadline passes, and to look at a larger request now and then. */
async function setTimers({ timers, ids }: Submitting, head: Head): Promise<void> {
  const { requestId, deadlineAt, acceptedAt } = head;
  await Promise.all([
    ...deadlineTimers({ requestId, deadlineAt, hops: 0 }, acceptedAt).map((due) => timers.schedule(...due)),
    needsEvaluation(head)
      ? timers.schedule(
          { purpose: 'evaluate', requestId, deadlineAt, hops: 0, holder: ids.leaseId(), sights: [] },
          FIRST_EVALUATION_SECONDS,
        )
      : undefined,
  ]);
}

/** What its head has no room for. */
async function putBeside({ store }: Submitting, { input }: Asked, head: Head): Promise<void> {
  await Promise.all([
    head.input ? undefined : store.putInput(head.requestId, input, head.ttlEpochSeconds),
    hasOneShard(head) ? undefined : store.registerShards(shardsOf(head)),
  ]);
}

/** Puts the head: from here on the request exists. */
async function enter({ store, telemetry }: Submitting, head: Head): Promise<Head> {
  const { requestId, job, expected, deadlineAt, acceptedAt } = head;
  if ((await store.registerHead(head)) === 'exists') return (await store.readHead(requestId, acceptedAt)) ?? head;
  const above = head.parent && { parentId: head.parent.requestId, parentTask: head.parent.taskIndex };
  telemetry.log(LINES.requestAccepted, { requestId, job, expected, deadlineAt, ...above });
  return head;
}

const shardsOf = (head: Head): Shard[] =>
  shardAddresses(head).map((address) => ({
    ...emptyTally(all(), rangeOf(head, address).size),
    ...{ address, resultsToken: head.resultsToken, ttlEpochSeconds: head.ttlEpochSeconds },
  }));

/** The head as it will be, with the estimate that the caller is given, where there is one: at the end it is seen whether it was kept. */
async function draftHead(submitting: Submitting, asked: Asked, names: Child, expected: number): Promise<Head> {
  const head = newHead(submitting, asked, names, expected);
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

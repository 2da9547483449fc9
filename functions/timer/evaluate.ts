/**
 * Adds up the hints of a larger request's shards while it is open, looks at the shards that came on where its policy may
 * be met, and closes it when it is. A late or repeated call is harmless: what was seen is read again, a request closes
 * once, and its deadline closes it without any of this.
 */
import { atMost, evaluated, evaluationPause, known, mayBeMet, type ShardSight } from '../../shared/core/evaluation.ts';
import { type Head, shardAddress, type Tally, unfolded } from '../../shared/core/gathering.ts';
import { countsOf } from '../../shared/core/membership.ts';
import { delaySeconds, type EvaluateTimer } from '../../shared/core/timer.ts';
import { carryOn, closeRequest } from '../../shared/gathering/close.ts';
import { readChosen } from '../../shared/gathering/fold-shard.ts';
import { inOrder } from '../../shared/gathering/in-order.ts';
import type { Expiring } from './expire.ts';

/** Tallies read at a time. */
const WIDTH = 16;
/** How long one evaluation goes on looking, in ms: a sixth of what its function has, which ten share. */
const LOOK_MS = 5_000;
/**
 * A request whose head is not written yet is looked for again so long after, in ms, and each time twice as long, for a minute
 * in all: most distributors are at work still, some have stalled. What is not there then was refused.
 */
const HEADLESS = { firstMs: 1_000, looks: 6 } as const;
/** A close that was left is found again so long after. */
const CLOSING_MS = 5_000;

/** Takes one evaluation: closes the request, or chains the next one. */
export async function evaluate(
  evaluating: Expiring,
  timer: EvaluateTimer,
): Promise<'chained' | 'settled' | 'no-such-request'> {
  const { clock, timers, store, ids } = evaluating;
  const { requestId } = timer;
  const began = clock.now();
  const chain = async (pauseMs: number, sights = timer.sights): Promise<'chained'> => {
    const now = clock.now();
    const next = { ...timer, hops: timer.hops + 1, holder: ids.leaseId(), sights };
    await timers.schedule(next, delaySeconds(now + pauseMs, now));
    return 'chained';
  };
  const head = await store.readHead(requestId, began);
  if (!head) return timer.hops < HEADLESS.looks ? chain(HEADLESS.firstMs * 2 ** timer.hops) : 'no-such-request';
  if (head.state === 'closed' || began >= head.deadlineAt) return 'settled';
  if ((await store.takeTurn(requestId, timer.hops, timer.holder)) === 'refused') return 'settled';
  if (head.state === 'closing')
    return (await carryOn(evaluating, head)).state === 'closed' ? 'settled' : chain(CLOSING_MS);
  const sights = await lookAtWhatCameOn(evaluating, head, timer.sights);
  const reason = evaluated(head, sights);
  if (!reason) return chain(evaluationPause(clock.now() - head.acceptedAt), sights);
  const closing = await closeRequest(evaluating, requestId, reason, { shards: 'many' });
  return !closing || closing.state === 'closed' ? 'settled' : chain(CLOSING_MS, []);
}

/** What is known of the shards after looking at those that came on, as long as the policy may be met and is not. */
async function lookAtWhatCameOn(
  evaluating: Expiring,
  head: Head,
  before: readonly ShardSight[],
): Promise<readonly ShardSight[]> {
  const { clock } = evaluating;
  const until = clock.now() + LOOK_MS;
  const tallies = await readTallies(evaluating, head);
  const sights = new Map(before.filter(({ shard }) => tallies.has(shard)).map((sight) => [sight.shard, sight]));
  if (!mayBeMet(head.policy, atMost(head, tallies, [...sights.values()]))) return [...sights.values()];
  for (const [shard, tally] of tallies) {
    if (tally.arrived === (sights.get(shard)?.seenArrived ?? 0)) continue;
    if (clock.now() >= until || mayBeMet(head.policy, known(head, [...sights.values()]))) break;
    const found = await evaluating.inTurn(() => look(evaluating, head, shard, tally));
    if (found) sights.set(shard, found);
  }
  return [...sights.values()];
}

/**
 * What is in at one shard. Nothing of one that is sealed by then: what was read may have come after its seal, and its
 * fold says soon what did not. As long as it is not sealed, a fold to come reads what was read here.
 */
async function look(
  evaluating: Expiring,
  head: Head,
  shard: number,
  { arrived, failed }: Tally,
): Promise<ShardSight | undefined> {
  const address = shardAddress(head, shard);
  const counts = countsOf(await readChosen(evaluating, head, address));
  const tally = await evaluating.store.readTally(address);
  if (!tally || tally.sealedAt !== undefined) return undefined;
  return { shard, seenArrived: arrived, seenFailed: failed, succeeded: counts.succeeded, failed: counts.failed };
}

/** The tallies of the shards that are published and not folded; the others have nothing in, or a little for a moment. */
async function readTallies({ store }: Expiring, head: Head): Promise<ReadonlyMap<number, Tally>> {
  const shards = unfolded(head).filter((shard) => head.scattered?.has(shard));
  const tallies = new Map<number, Tally>();
  const reads = inOrder(shards, WIDTH, async (shard) => ({
    shard,
    tally: await store.readTally(shardAddress(head, shard)),
  }));
  for await (const { shard, tally } of reads) if (tally) tallies.set(shard, tally);
  return tallies;
}

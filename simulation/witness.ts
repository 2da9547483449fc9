/** The table and the topic as an invocation has them, noting what they promise. */
import type { TaskEnvelope } from '../shared/core/envelope.ts';
import type { TallyAddress } from '../shared/core/gathering.ts';
import { BATCH_ENTRIES } from '../shared/core/limits.ts';
import type { GatheringStore } from '../shared/core/ports/gathering-store.ts';
import type { TaskPublisher } from '../shared/core/ports/work.ts';
import type { Invocation } from './invocation.ts';
import type { Network, World } from './world.ts';

/** PublishBatch calls under way at once (shared/aws/task-publisher). */
const WIDTH = 8;

/** Publishes by tens, side by side, and again what of them was not accepted. */
export function publisherOf(world: World, network: Network, { through, clock }: Invocation): TaskPublisher {
  const topic = through({
    async publishBatch(envelopes: readonly TaskEnvelope[]) {
      const failed = envelopes.filter(() => world.faults.partial());
      for (const envelope of envelopes) if (!failed.includes(envelope)) leave(world, network, envelope);
      return failed;
    },
  });
  return {
    async publish(envelopes) {
      const all: TaskEnvelope[] = [];
      for await (const envelope of envelopes) all.push({ ...envelope, publishedAt: clock.now() });
      const send = async (): Promise<void> => {
        for (let batch = all.splice(0, BATCH_ENTRIES); batch.length > 0; batch = all.splice(0, BATCH_ENTRIES))
          for (let rest = batch; rest.length > 0; ) {
            rest = await topic.publishBatch(rest);
            if (rest.length > 0) await clock.sleep(50);
          }
      };
      await Promise.all(Array.from({ length: WIDTH }, send));
    },
  };
}

/** A message that the topic has taken. */
function leave({ watched }: World, { deliver }: Network, envelope: TaskEnvelope): void {
  const request = watched.get(envelope.requestId);
  if (request) {
    request.published += envelope.tasks.length;
    request.lastAttempt = Math.max(request.lastAttempt, envelope.attempt);
    if (envelope.hedge) request.copies += envelope.tasks.length;
  }
  deliver(envelope);
}

/** What one invocation puts and marks together: a forged report beside a genuine one is another matter. */
const nameOf = ({ requestId, place }: TallyAddress, resultsToken: string): string =>
  `${requestId} ${place} ${resultsToken}`;

/** The store, noting what it promises. */
export function witnessed({ store, clock, watched }: World, { startedAt }: Invocation): GatheringStore {
  const brought = new Map<string, number[]>();
  const counted = new Set<string>();
  const accept = (requestId: string, tasks: readonly number[]): void => {
    for (const taskIndex of tasks) watched.get(requestId)?.accepted.add(taskIndex);
  };
  const closes = <Outcome>(requestId: string, outcome: Outcome): Outcome => {
    const request = watched.get(requestId);
    const state = store.inspect(requestId).head?.state ?? 'open';
    if (request && state !== 'open') request.closingAt ??= clock.now();
    if (request && state === 'closed') request.closedAt ??= clock.now();
    return outcome;
  };
  return {
    ...store,
    beginClosing: async (closing) => closes(closing.requestId, await store.beginClosing(closing)),
    publishClosed: async (requestId, answer) => closes(requestId, await store.publishClosed(requestId, answer)),
    closeAtOnce: async (requestId, ...rest) => closes(requestId, await store.closeAtOnce(requestId, ...rest)),
    async putChunk(address, resultsToken, chunk, ttlEpochSeconds) {
      await store.putChunk(address, resultsToken, chunk, ttlEpochSeconds);
      const tasks = chunk.results.map((result) => result.taskIndex);
      const name = nameOf(address, resultsToken);
      brought.set(name, [...(brought.get(name) ?? []), ...tasks]);
      if (counted.has(name)) accept(address.requestId, tasks);
    },
    async mark(address, resultsToken, added, inside) {
      const marked = await store.mark(address, resultsToken, added, inside);
      if (marked === 'refused') return marked;
      const name = nameOf(address, resultsToken);
      counted.add(name);
      const request = watched.get(address.requestId);
      if (request) request.lastMark = { at: clock.now(), since: startedAt };
      accept(address.requestId, inside?.results.map((result) => result.taskIndex) ?? brought.get(name) ?? []);
      return marked;
    },
    async closeWhole(whole) {
      const { requestId, resultsToken } = whole.header;
      const outcome = closes(requestId, await store.closeWhole(whole));
      if (outcome === 'refused') return outcome;
      const request = watched.get(requestId);
      if (request) request.lastMark = { at: clock.now(), since: startedAt };
      const put = brought.get(nameOf({ requestId, place: 'head' }, resultsToken)) ?? [];
      accept(requestId, whole.inside?.results.map((result) => result.taskIndex) ?? put);
      return outcome;
    },
  };
}

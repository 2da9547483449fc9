/**
 * How messages reach functions. The emulators deliver in order and once, which AWS does not promise; a pessimistic delivery,
 * seeded, delivers some twice and lets others overtake.
 */
import type { Emit } from './events.ts';

export interface Pessimism {
  /** Any integer: the same seed makes the same choices for the same messages in the same order. */
  readonly seed: number;
  /** The share of messages delivered twice, 0 to 1. */
  readonly duplicates: number;
  /** The share of messages taken out of their batch and delivered later, 0 to 1. */
  readonly stragglers: number;
  /** The longest that a duplicate or a straggler comes late. */
  readonly lateMs: number;
  /** Queues hand out what they hold in any order, and this share of it twice: among other messages, where `duplicates` come alone. */
  readonly disorder?: { readonly repeats: number };
}

export interface Batch<Message> {
  readonly messages: readonly Message[];
  readonly afterMs: number;
}

export interface Delivery {
  /** The batches in which `messages` are handed to `functionId`: each message is in one at least. */
  batches<Message extends { readonly MessageId: string }>(
    functionId: string,
    messages: readonly Message[],
  ): Batch<Message>[];
}

/** Everything once, in the order it came. */
export const kindDelivery: Delivery = { batches: (_, messages) => [{ messages, afterMs: 0 }] };

/** At least once, in no order; every choice is drawn from `seed`. */
export function pessimisticDelivery({ seed, duplicates, stragglers, lateMs }: Pessimism, emit: Emit): Delivery {
  const random = generator(seed);
  const late = () => Math.ceil(random() * lateMs);
  return {
    batches: (functionId, messages) => {
      const shuffled = shuffle(messages, random);
      const straggling = new Set(shuffled.filter(() => random() < stragglers));
      const again = shuffled.filter(() => random() < duplicates);
      for (const { MessageId } of again) emit({ kind: 'duplicated', functionId, messageId: MessageId });
      const onTime = shuffled.filter((message) => !straggling.has(message));
      const alone = [...straggling, ...again].map((message) => ({ messages: [message], afterMs: late() }));
      return onTime.length > 0 ? [{ messages: onTime, afterMs: 0 }, ...alone] : alone;
    },
  };
}

function shuffle<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((left, right) => left.key - right.key)
    .map(({ item }) => item);
}

/** mulberry32: 32 bits of state are plenty for shuffling, and it needs no package. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

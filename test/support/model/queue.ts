/** A queue of the model: at least once, in any order; what nobody finished comes again, when it is visible again. */
import type { Clock } from '../../../shared/core/ports/runtime.ts';
import type { Random } from '../../../simulation/random.ts';

/** How long a message stays hidden from others once it is taken: longer than a lease, or the patience with a left close. */
export const VISIBILITY_MS = 5_000;

export interface Queue<Message> {
  /** Messages that nobody has, and that may be taken. */
  readonly waiting: Message[];
  /** Messages whose taker died or failed. */
  readonly hidden: { readonly message: Message; readonly visibleAt: number }[];
  /** Messages that were done with: they may come again all the same. */
  readonly done: Message[];
  send(messages: readonly Message[]): Promise<void>;
  /** Takes up to `most`, in any order. */
  take(most: number): Message[];
  finish(messages: readonly Message[]): void;
  leave(messages: readonly Message[]): void;
}

export function createQueue<Message>(random: Random, clock: Clock): Queue<Message> {
  const waiting: Message[] = [];
  const hidden: { message: Message; visibleAt: number }[] = [];
  const done: Message[] = [];
  return {
    ...{ waiting, hidden, done },
    async send(messages) {
      waiting.push(...messages);
    },
    take: (most) =>
      random.shuffled(waiting.splice(0)).filter((message, index) => index < most || !waiting.push(message)),
    finish: (messages) => void done.push(...messages),
    leave: (messages) =>
      void hidden.push(...messages.map((message) => ({ message, visibleAt: clock.now() + VISIBILITY_MS }))),
  };
}

/** When the next hidden message of some queues is visible again; `undefined` when none is hidden. */
export const nextVisible = (queues: readonly Queue<unknown>[]): number | undefined =>
  queues.flatMap(({ hidden }) => hidden.map(({ visibleAt }) => visibleAt)).toSorted((a, b) => a - b)[0];

/** Shows what has been hidden long enough at `now`. */
export function reveal(queues: readonly Queue<unknown>[], now: number): void {
  for (const { waiting, hidden } of queues)
    for (const entry of hidden.filter(({ visibleAt }) => visibleAt <= now)) {
      hidden.splice(hidden.indexOf(entry), 1);
      waiting.push(entry.message);
    }
}

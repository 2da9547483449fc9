/** Time that passes from event to event, and never by itself. What is due at one instant comes in the order it was asked for. */
import type { Clock, Timers } from '../shared/core/ports/runtime.ts';
import { createHeap } from './heap.ts';

export interface VirtualClock extends Clock, Timers {
  /** Time as a function reads it whose clock is `skewMs` ahead. */
  skewed(skewMs: number): Clock;
  /** Lets everything happen that is to come, and what follows from it. @throws when there are more events than `most`. */
  run(most: number): Promise<void>;
}

interface Event {
  readonly at: number;
  readonly order: number;
  call: (() => void) | undefined;
}

/** Promises are all that anybody waits for between two events, and they are settled before the event loop goes round. */
const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createVirtualClock(start: number): VirtualClock {
  const events = createHeap<Event>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  let now = start;
  let asked = 0;
  const after = (ms: number, call: () => void): (() => void) => {
    const event: Event = { at: now + Math.max(0, Math.ceil(ms)), order: asked++, call };
    events.push(event);
    return () => {
      event.call = undefined;
    };
  };
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void after(ms, resolve));
  return {
    ...{ after, sleep, now: () => now, turn: () => sleep(0) },
    skewed: (skewMs) => ({ now: () => now + skewMs, sleep }),
    async run(most) {
      await drained();
      for (let left = most, event = events.pop(); event; event = events.pop()) {
        if (!event.call) continue;
        if (left-- === 0) throw new Error(`it never ends: ${most} events`);
        now = event.at;
        event.call();
        await drained();
      }
    },
  };
}

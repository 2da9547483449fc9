/** A queue with its consumer: at least once, in any order, batches as an event source mapping makes them, dead letters at the end. */
import type { Surroundings } from './invocation.ts';
import { drawLatency } from './latency.ts';

export interface QueueOptions<Message> {
  /** The function that takes its messages. */
  readonly name: string;
  readonly batchSize: number;
  /** Batches at a time. */
  readonly maxConcurrency: number;
  readonly visibilityMs: number;
  readonly maxReceives: number;
  /** Handles a batch; those of it that were not handled. */
  consume(batch: readonly Message[]): Promise<readonly Message[]>;
  /** Takes what was received too often. */
  dead(message: Message): void;
}

export interface Queue<Message> {
  send(message: Message, delayMs?: number): void;
}

interface Letter<Message> {
  readonly message: Message;
  receives: number;
}

export function createQueue<Message>(around: Surroundings, options: QueueOptions<Message>): Queue<Message> {
  const { clock, random, faults, overheads, strikes } = around;
  const visible: Letter<Message>[] = [];
  let batches = 0;
  const show = (letter: Letter<Message>, ms: number): void =>
    void clock.after(ms, () => {
      if (letter.receives >= options.maxReceives) return options.dead(letter.message);
      visible.push(letter);
      poll();
    });
  const take = async (letters: readonly Letter<Message>[]): Promise<void> => {
    const receivedAt = clock.now();
    for (const letter of letters) letter.receives++;
    const messages = letters.map(({ message }) => message);
    const isLost = faults.losesDelivery();
    if (isLost) strikes.push({ at: receivedAt, name: options.name });
    const left = new Set(isLost ? messages : await options.consume(messages));
    const untilVisible = Math.max(0, receivedAt + options.visibilityMs - clock.now());
    for (const letter of letters) if (left.has(letter.message)) show(letter, untilVisible);
    batches--;
    poll();
  };
  const poll = (): void => {
    while (visible.length > 0 && batches < options.maxConcurrency) {
      batches++;
      void take(visible.splice(0, options.batchSize));
    }
  };
  return {
    send(message, delayMs = 0) {
      const copies = random.chance(faults.duplicates) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++)
        show({ message, receives: 0 }, delayMs + drawLatency(overheads.transitMs, random) * (copy === 0 ? 1 : 20));
    },
  };
}

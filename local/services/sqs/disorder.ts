import { innerModule, type Stores } from '../fauxqs.ts';

type SqsStore = Stores['sqsStore'];
type SqsQueue = ReturnType<SqsStore['createQueue']>;

/** How a queue is no longer first in, first out, exactly once. */
export interface Disorder {
  /** The share of messages handed out twice, 0 to 1. */
  readonly repeats: number;
  /** At least 0, below 1. */
  random(): number;
}

/**
 * Stores for fauxqs whose queues hand out what they hold in any order, and some of it twice, as SQS may. fauxqs 2.4.1 does neither
 * (2.8 reorders), so each queue is prepared before it is asked: what is drawn comes to the front, and copies go back into it.
 */
export async function disorderlyStores(disorder: Disorder): Promise<Pick<Stores, 'sqsStore'>> {
  const module = await innerModule<{ SqsStore: new () => SqsStore }>('sqs/sqsStore.js');
  const sqsStore = new module.SqsStore();
  const create = sqsStore.createQueue.bind(sqsStore);
  sqsStore.createQueue = (...settings) => disorderly(create(...settings), disorder);
  return { sqsStore };
}

function disorderly(queue: SqsQueue, { random, repeats }: Disorder): SqsQueue {
  const dequeue = queue.dequeue.bind(queue);
  const copies = new WeakSet<object>();
  queue.dequeue = (count, ...rest) => {
    queue.processTimers();
    draw(queue.messages, count, random);
    const again = queue.messages
      .slice(0, count)
      .filter((message) => random() < repeats && !copies.has(message))
      .map((message) => ({ ...message }));
    for (const copy of again) copies.add(copy);
    const received = dequeue(count, ...rest);
    queue.messages.push(...again);
    return received;
  };
  return queue;
}

/** The first steps of a Fisher-Yates shuffle: `count` items at the front, each as likely as any. */
function draw<Item>(items: Item[], count: number, random: () => number): void {
  for (let front = 0; front < Math.min(count, items.length); front++) {
    const drawn = front + Math.floor(random() * (items.length - front));
    [items[front], items[drawn]] = [items[drawn] as Item, items[front] as Item];
  }
}

/**
 * Batches that fail in part inside a 200: every entry of the answer is checked, and only what was refused is sent again.
 */
import { BatchRefusedError } from '../core/errors.ts';

/** What SNS and SQS say of one refused entry. */
export interface RefusedEntry {
  readonly Id?: string | undefined;
  readonly Code?: string | undefined;
  readonly SenderFault?: boolean | undefined;
}

const TRIES = 6;
const FIRST_PAUSE_MS = 50;

/**
 * Sends entries until all are accepted, pausing 50, 100, … 1,600 ms with full jitter between tries.
 *
 * @throws BatchRefusedError when the fault is ours, or entries are still refused after the last try.
 */
export async function sendAll<Entry extends { readonly Id: string }>(
  service: string,
  entries: readonly Entry[],
  send: (entries: Entry[]) => Promise<readonly RefusedEntry[]>,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  let rest = [...entries];
  for (let tried = 1; rest.length > 0; tried++) {
    const refused = await send(rest);
    // Some throttling, that of keys, is called the sender's fault.
    const fault = refused.find((entry) => entry.SenderFault && !/thrott/i.test(entry.Code ?? ''));
    if (fault || (refused.length > 0 && tried === TRIES))
      throw new BatchRefusedError(service, refused.length, (fault ?? refused[0])?.Code ?? 'unknown');
    const again = new Set(refused.map((entry) => entry.Id));
    rest = rest.filter((entry) => again.has(entry.Id));
    if (rest.length > 0) await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** (tried - 1));
  }
}

/** Runs `work` over `items`, at most `width` at a time. Stops taking items at the first failure, which it throws. */
export async function inParallel<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const shared = oneByOne(items);
  const lane = async (): Promise<void> => {
    for await (const item of shared) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

async function* oneByOne<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

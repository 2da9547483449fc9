/** What AWS would bill: plain amounts, each of one thing that has a price, by who or what it was for. */

export type Item =
  /** Requests to SNS, each 64 KB of messages one. */
  | 'sns-requests'
  /** Asynchronous invocations that SNS asked of Lambda. Deliveries to queues happen inside the emulator and are not seen; both are free. */
  | 'sns-deliveries'
  /** Requests to SQS but for empty receives, each 64 KB of messages one. */
  | 'sqs-requests'
  /** Receives that brought nothing: billed like others, but they count the waiting, not the work. */
  | 'sqs-empty-receives'
  /** Invocations; an asynchronous one of more than 256 KB counts once more for each further 64 KB. */
  | 'lambda-requests'
  | 'lambda-gb-seconds'
  | 'dynamodb-write-units'
  | 'dynamodb-read-units'
  /** PUT, COPY, POST and LIST. */
  | 's3-writes'
  /** GET and all others that are not free. */
  | 's3-reads'
  /** Calls to the HTTP API, each 512 KB one. */
  | 'api-requests'
  /** Bytes of log lines, embedded metrics apart. */
  | 'log-bytes'
  | 'emf-bytes';

export interface UsageLine {
  readonly item: Item;
  /** Who did it and what: `PublishBatch Stack-TasksTopic`, `AggregatorFunction UpdateItem`. */
  readonly subject: string;
  readonly amount: number;
}

/** One line an item and subject, in no order. */
export type Usage = readonly UsageLine[];

/** What was used between the snapshots `before` and `after` of the same meter. */
export function difference(after: Usage, before: Usage): Usage {
  const earlier = new Map(before.map((line) => [keyOf(line), line.amount]));
  return after
    .map((line) => ({ ...line, amount: line.amount - (earlier.get(keyOf(line)) ?? 0) }))
    .filter(({ amount }) => amount !== 0);
}

/** All of `item`, or what is its for those subjects that `of` matches. */
export function amountOf(usage: Usage, item: Item, of = /^/): number {
  const amounts = usage.filter((line) => line.item === item && of.test(line.subject)).map(({ amount }) => amount);
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

export const keyOf = ({ item, subject }: Pick<UsageLine, 'item' | 'subject'>): string => `${item} ${subject}`;

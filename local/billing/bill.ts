/** From usage to dollars. */
import { PRICES } from './prices.ts';
import { amountOf, type Item, type Usage } from './usage.ts';

/** Lines of a bill that belong together, and what is on each. */
const SERVICES = {
  sns: ['sns-requests', 'sns-deliveries'],
  sqs: ['sqs-requests'],
  lambda: ['lambda-requests'],
  dynamodbWrites: ['dynamodb-write-units'],
  dynamodbReads: ['dynamodb-read-units'],
  s3: ['s3-writes', 's3-reads'],
  logs: ['log-bytes', 'emf-bytes'],
  /** What grows with how long something took or waited, or with how often somebody asked: no part of the total. */
  lambdaDuration: ['lambda-gb-seconds'],
  emptyReceives: ['sqs-empty-receives'],
  api: ['api-requests'],
} as const satisfies Readonly<Record<string, readonly Item[]>>;

type Service = keyof typeof SERVICES;
const APART = ['lambdaDuration', 'emptyReceives', 'api'] as const satisfies readonly Service[];

/** Dollars by service; `total` is the sum of all but `lambdaDuration`, `emptyReceives` and `api`. */
export type Bill = Readonly<Record<Service | 'total', number>>;

/** What `usage` costs by the price table, beyond every free tier. */
export function billOf(usage: Usage): Bill {
  const lines = Object.entries(SERVICES).map(([service, items]) => [
    service,
    sum(items.map((item) => dollarsOf(usage, item))),
  ]);
  const bill: Record<Service, number> = Object.fromEntries(lines);
  const apart: readonly string[] = APART;
  const total = Object.entries(bill).filter(([service]) => !apart.includes(service));
  return { ...bill, total: sum(total.map(([, dollars]) => dollars)) };
}

/** What `item` alone costs. */
export const dollarsOf = (usage: Usage, item: Item): number => amountOf(usage, item) * PRICES[item].dollars;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

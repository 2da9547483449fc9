/**
 * The same work elsewhere on AWS, by published formula: n calls of a Lambda function whose answers somebody waits for. Lambda's own
 * duration is left out, as it is for us, and so is whatever a peer reads from and writes to S3.
 */
import { PEER_PRICES, type PeerItem, PRICES } from '../../../local/billing/prices.ts';

export interface Peer {
  readonly system: string;
  readonly tasks: number;
  readonly resultBytes: number;
  readonly dollarsPerMillionTasks: number;
  readonly fixedDollarsPerRequest: number;
  readonly formula: string;
  readonly source: string;
  readonly asOf: string;
}

type Amounts = Readonly<Partial<Record<PeerItem | 'lambda-requests', number>>>;

interface Formula {
  readonly system: string;
  /** The pages that the amounts are read from; prices have their own in the price table. */
  readonly source: string;
  readonly formula: string;
  readonly asOf: string;
  perTask(work: { readonly tasks: number; readonly resultBytes: number }): Amounts;
  readonly perRequest: Amounts;
}

const TRANSITIONS = 'https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html';
const METERING = 'https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html';
/** A Lambda quota that cannot be raised (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, quoted 2026-10-07). */
const OPERATIONS_PER_EXECUTION = 3_000;
/** Express workflows are billed for 64 MB and 100 ms at least (https://aws.amazon.com/step-functions/pricing/, 2026-11). */
const SHORTEST_EXPRESS_GB_SECONDS = (64 / 1_024) * 0.1;

const expressChild = (tasks: number): Amounts => ({
  'state-transitions': 1 / tasks,
  'express-requests': 1 / tasks,
  'express-gb-seconds': SHORTEST_EXPRESS_GB_SECONDS / tasks,
  'lambda-requests': 1 / tasks,
});

/** An invoke a group of tasks; what one execution has no room for, executions of its own share, each a start and an invoke more. */
function durable(tasks: number, group: number, resultBytes: number): Amounts {
  const invokes = tasks / group;
  const children = invokes > OPERATIONS_PER_EXECUTION - 2 ? Math.ceil(invokes / (OPERATIONS_PER_EXECUTION - 2)) : 0;
  return {
    'durable-operations': (invokes + 3 * children) / tasks,
    'durable-bytes': resultBytes,
    'lambda-requests': (invokes + children) / tasks,
  };
}

const FORMULAS: readonly Formula[] = [
  {
    system: 'Step Functions, Standard',
    formula: 'a transition (its Task state) and a Lambda request a task; iterations of an inline Map are free',
    source: TRANSITIONS,
    asOf: '2026-11-23',
    perTask: () => ({ 'state-transitions': 1, 'lambda-requests': 1 }),
    perRequest: { 'state-transitions': 1 },
  },
  {
    system: 'Step Functions, Distributed Map, Express children',
    formula: 'a transition, an Express request, 64 MB for 100 ms and a Lambda request a child; a task a child',
    source: TRANSITIONS,
    asOf: '2026-11-23',
    perTask: () => expressChild(1),
    perRequest: { 'state-transitions': 1 },
  },
  {
    system: 'Step Functions, Distributed Map, Express children, batches of ten',
    formula: 'the same, with ten tasks a child (ItemBatcher) and a Lambda request',
    source: TRANSITIONS,
    asOf: '2026-11-23',
    perTask: () => expressChild(10),
    perRequest: { 'state-transitions': 1 },
  },
  {
    system: 'Lambda durable functions',
    formula:
      'an operation (invoke), its result written once and a Lambda request a task; 3,000 operations an execution',
    source: METERING,
    asOf: '2026-10-07',
    perTask: ({ tasks, resultBytes }) => durable(tasks, 1, resultBytes),
    perRequest: { 'durable-operations': 2, 'lambda-requests': 2 },
  },
  {
    system: 'Lambda durable functions, batches of ten',
    formula: 'the same, with ten tasks an invoke',
    source: METERING,
    asOf: '2026-10-07',
    perTask: ({ tasks, resultBytes }) => durable(tasks, 10, resultBytes),
    perRequest: { 'durable-operations': 2, 'lambda-requests': 2 },
  },
];

/** What each peer would ask for requests of `tasks` tasks with results of `resultBytes`. */
export const peersFor = (work: { readonly tasks: number; readonly resultBytes: number }): Peer[] =>
  FORMULAS.map(({ system, source, formula, asOf, perTask, perRequest }) => ({
    ...{ system, ...work },
    dollarsPerMillionTasks: dollars(perTask(work)) * 1_000_000,
    fixedDollarsPerRequest: dollars(perRequest),
    ...{ formula, source, asOf },
  }));

const priceOf = (item: string): number => ({ ...PRICES, ...PEER_PRICES })[item as PeerItem].dollars;

const dollars = (amounts: Amounts): number =>
  Object.entries(amounts).reduce((sum, [item, amount]) => sum + amount * priceOf(item), 0);

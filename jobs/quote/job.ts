/**
 * An auction: whoever sells is asked for a price, and the best three by the deadline are the answer. Nobody keeps a list of bidders:
 * those who are present at the moment are asked, each by its own name.
 */
import * as z from 'zod';
import type { Heard } from '../../shared/core/audience.ts';
import { defineJob, external } from '../../shared/core/job.ts';

const BEST = 3;
/** Bidders of one auction, those who were present first. */
const MOST = 500;

const input = z.strictObject({
  item: z.string().min(1).max(200),
  quantity: z.int().min(1).max(1_000_000).default(1),
});

export type Wanted = z.infer<typeof input>;

/** What a bidder answers: the price of one item in whole pence, or nothing if it has none to sell. */
const bid = z.object({ pence: z.int().min(1).max(1_000_000_000) }).nullable();

export interface Quote {
  readonly bidder: string;
  readonly pence: number;
}

interface Book {
  /** The best few, cheapest first; of two at one price the one whose task came first. */
  readonly best: readonly (Quote & { readonly taskIndex: number })[];
  readonly bids: number;
  readonly declined: number;
  /** Answers that are no bid: bidders are others' code. */
  readonly unreadable: number;
}

export interface Quotes {
  readonly best: readonly Quote[];
  readonly bids: number;
  readonly declined: number;
  readonly unreadable: number;
}

const EMPTY: Book = { best: [], bids: 0, declined: 0, unreadable: 0 };

const merged = (left: Book, right: Book): Book => ({
  best: [...left.best, ...right.best].sort((a, b) => a.pence - b.pence || a.taskIndex - b.taskIndex).slice(0, BEST),
  bids: left.bids + right.bids,
  declined: left.declined + right.declined,
  unreadable: left.unreadable + right.unreadable,
});

function bookOf(taskIndex: number, bidder: string, value: unknown): Book {
  const parsed = bid.safeParse(value);
  if (!parsed.success) return { ...EMPTY, unreadable: 1 };
  if (parsed.data === null) return { ...EMPTY, declined: 1 };
  return { ...EMPTY, best: [{ bidder, pence: parsed.data.pence, taskIndex }], bids: 1 };
}

export const job = defineJob<Wanted, Wanted, unknown, Book, Quotes>({
  name: 'quote',
  description: 'Asks all who sell for a price, and answers with the best three that came by the deadline.',
  input,
  example: { item: 'rope, 10 m', quantity: 4 },
  leaves: { bidder: external({ service: 'bidder' }) },
  audience: { services: ['bidder'], windowMs: 2_000 },
  deadlineMs: 2_000,
  attempts: 1,
  hedge: false,
  maxTasks: MOST,
  split: (wanted, { present }: Heard = { present: [] }) =>
    present.slice(0, MOST).map(({ instanceId }) => ({
      ...{ leaf: 'bidder', instance: instanceId, label: instanceId },
      payload: wanted,
    })),
  fold: {
    empty: () => EMPTY,
    add: (book, { taskIndex, label = '', value }) => merged(book, bookOf(taskIndex, label, value)),
    merge: merged,
    finish: ({ best, ...counts }) => ({ best: best.map(({ bidder, pence }) => ({ bidder, pence })), ...counts }),
  },
});

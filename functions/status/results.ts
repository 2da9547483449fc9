/**
 * Single task results, a page at a time, in task order. Of a closed request only what its membership read is in, and
 * whatever is not in is named as missing; of a running one there is only what has arrived, and the tasks that divided.
 */
import { type Answer, type MissingCause, missingCause } from '../../shared/core/answer.ts';
import type { Claim } from '../../shared/core/claim.ts';
import type { RequestStatus } from '../../shared/core/completion.ts';
import { isFailure, type TaskResult } from '../../shared/core/envelope.ts';
import {
  type Head,
  rangeOf,
  shardAddress,
  shardCount,
  shardOf,
  type TallyAddress,
} from '../../shared/core/gathering.ts';
import { wireBytes, wireJson } from '../../shared/core/json.ts';
import { type Chosen, choose, chosenBefore } from '../../shared/core/membership.ts';
import { type Link, linkTo } from '../../shared/gathering/claims.ts';
import { missingLabels } from '../../shared/gathering/close.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { readChosen, readMarked } from '../../shared/gathering/fold-shard.ts';
import { readAnswer } from '../../shared/gathering/read-answer.ts';
import { settle } from '../../shared/gathering/settle.ts';
import { type DividedRow, readDivided, withDivided } from './divided.ts';
import { findOwned, type Named } from './find-owned.ts';

/** Bytes of one page, counted as JSON in JSON: that is how Lambda hands an answer back, and it ends at 6 MB. */
const PAGE_BYTES = 4_000_000;

export interface PageEnquiry extends Named {
  /** The first task index of the page. */
  readonly from: number;
  readonly limit: number;
}

interface RowBase {
  readonly taskIndex: number;
  readonly label?: string;
}

interface SucceededRow extends RowBase {
  readonly status: 'succeeded';
  readonly attempt: number;
}

interface FailedRow extends RowBase {
  readonly status: 'failed';
  readonly attempt: number;
  readonly cause: string;
  readonly message: string;
}

interface MissingRow extends RowBase {
  readonly status: 'missing';
  readonly cause: MissingCause;
}

/** A row as it is shown: a value that is kept outside is a link. */
export type TaskRow =
  | (SucceededRow & ({ readonly value: unknown } | { readonly link: Link }))
  | FailedRow
  | MissingRow
  | DividedRow;

/** A row as it is stored. */
type StoredRow =
  | (SucceededRow & ({ readonly value: unknown } | { readonly claim: Claim }))
  | FailedRow
  | MissingRow
  | DividedRow;

export interface Page {
  readonly requestId: string;
  readonly status: RequestStatus;
  readonly rows: readonly TaskRow[];
  /** The first task index of the next page, if there is more. */
  readonly next?: number;
}

/** One page; `undefined` when the owner has no such request. */
export async function readPage(gathering: Gathering, enquiry: PageEnquiry): Promise<Page | undefined> {
  const found = await findOwned(gathering, enquiry);
  if (!found) return undefined;
  const head = await settle(gathering, found);
  const closed = head.state === 'closed';
  const answer = await readAnswer(gathering, head);
  if (closed && !answer) return undefined;
  const { rows, next } = await takePage(shownRows(gathering, head, answer, enquiry), enquiry.limit);
  const more = next === undefined ? {} : { next };
  return {
    requestId: head.requestId,
    status: answer?.status ?? 'running',
    rows: await withLabels(gathering, head, rows),
    ...more,
  };
}

/** The rows from `from` on as they are shown: links are signed for as many as the page takes, and one more. */
async function* shownRows(
  gathering: Gathering,
  head: Head,
  answer: Answer | undefined,
  { from, limit }: PageEnquiry,
): AsyncGenerator<TaskRow> {
  const divided = await readDivided(gathering.store, head, { from, most: limit + 1 });
  for await (const row of rowsFrom(gathering, head, { answer, divided, from })) {
    if (!('claim' in row)) yield row;
    else {
      const { claim, ...rest } = row;
      yield { ...rest, link: await linkTo(gathering, head.requestId, claim) };
    }
  }
}

/** The rows from `from` on, one shard read at a time. */
async function* rowsFrom(
  gathering: Gathering,
  head: Head,
  { answer, divided, from }: { answer: Answer | undefined; divided: readonly DividedRow[]; from: number },
): AsyncGenerator<StoredRow> {
  for (let shard = shardOf(from, head.shardSize); shard < shardCount(head); shard++) {
    const address = shardAddress(head, shard);
    const chosen = answer
      ? await readFolded(gathering, head, address, answer)
      : await readChosen(gathering, head, address);
    const rows = answer
      ? everyTask(chosen, (taskIndex) => missingCause(answer.completionReason, head, taskIndex))
      : withDivided(inTaskOrder(chosen), divided, chosen.range);
    for (const row of rows) if (row.taskIndex >= from) yield row;
  }
}

/** What the fold of a closed request used at a place: its own chunks and no other. */
async function readFolded(gathering: Gathering, head: Head, address: TallyAddress, answer: Answer): Promise<Chosen> {
  const range = rangeOf(head, address);
  const membership =
    address.place === 'head' ? answer.membership : (await gathering.store.readFold(address, range))?.membership;
  return membership ? chosenBefore(range, membership, await readMarked(gathering, head, address)) : choose(range, []);
}

const inTaskOrder = ({ successes, failures }: Chosen): StoredRow[] =>
  [...successes, ...failures].sort((a, b) => a.taskIndex - b.taskIndex).map(rowOf);

function everyTask(chosen: Chosen, causeOf: (taskIndex: number) => MissingCause): StoredRow[] {
  const known = new Map(inTaskOrder(chosen).map((row) => [row.taskIndex, row]));
  const { from, size } = chosen.range;
  return Array.from({ length: size }, (_, offset) => {
    const taskIndex = from + offset;
    return known.get(taskIndex) ?? { taskIndex, status: 'missing', cause: causeOf(taskIndex) };
  });
}

function rowOf(result: TaskResult): StoredRow {
  const { taskIndex, attempt, label } = result;
  const base = { taskIndex, ...(label === undefined ? {} : { label }), attempt };
  if (!isFailure(result)) {
    const kept = result.claim ? { claim: result.claim } : { value: result.value ?? null };
    return { ...base, status: 'succeeded', ...kept };
  }
  return { ...base, status: 'failed', cause: result.error.cause, message: result.error.message };
}

/** As many rows as the page takes, at least one; `next` is the first that it did not. */
async function takePage(rows: AsyncIterable<TaskRow>, limit: number): Promise<{ rows: TaskRow[]; next?: number }> {
  const page: TaskRow[] = [];
  let room = PAGE_BYTES;
  for await (const row of rows) {
    room -= wireBytes(wireJson(row));
    if (page.length === limit || (room < 0 && page.length > 0)) return { rows: page, next: row.taskIndex };
    page.push(row);
  }
  return { rows: page };
}

async function withLabels(gathering: Gathering, head: Head, rows: readonly TaskRow[]): Promise<TaskRow[]> {
  const missing = rows.filter((row) => row.status === 'missing').map((row) => row.taskIndex);
  const labels = await missingLabels(gathering, head, missing);
  return rows.map((row) => {
    const label = ('label' in row ? row.label : undefined) ?? labels.get(row.taskIndex);
    return label === undefined ? row : { ...row, label };
  });
}

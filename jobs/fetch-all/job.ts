/** Many addresses fetched side by side, one task each, into one answer in the order they were given. */
import * as z from 'zod';
import { defineJob } from '../../shared/core/job.ts';
import { HOSTS_SETTING } from './hosts.ts';

const MAX_URLS = 100;

const input = z.strictObject({
  urls: z
    .array(z.string().max(10_000))
    .min(1)
    .max(MAX_URLS)
    .meta({
      description:
        'http:// and https:// addresses of hosts that the deployment allows (context fetch-all:hosts). ' +
        'One that is refused, or does not answer, fails alone.',
    }),
});

/** What one address answered. */
export interface Fetched {
  readonly url: string;
  /** Where redirects led to, if there were any. */
  readonly finalUrl?: string;
  readonly status: number;
  readonly contentType?: string;
  /** Of the body. */
  readonly bytes: number;
  /** The body, if its content type is JSON. */
  readonly json?: unknown;
}

/** `index` is the address's place among `urls`, from 0. */
type Row = { readonly index: number } & Fetched;

/** JSON of one answer at most, in bytes: an aggregate ends at 5 MB. What is beyond it is on the results pages. */
const SHOWN_BYTES = 4 * 1024 * 1024;

export const job = defineJob({
  name: 'fetch-all',
  description: 'Fetches up to 100 addresses side by side: status, content type, size, and JSON where it is JSON.',
  input,
  example: { urls: ['https://api.example.com/prices', 'https://api.example.com/stock'] },
  leaves: { fetch: { memoryMb: 256, timeoutMs: 12_000 } },
  split: ({ urls }) => urls.map((url) => ({ label: url.slice(0, 200), payload: { url } })),
  fold: {
    empty: (): Row[] => [],
    add: (rows, { taskIndex, value }: { taskIndex: number; value: Fetched }) => [
      ...rows,
      { index: taskIndex, ...value },
    ],
    merge: (left, right) => [...left, ...right],
    finish: (rows) => ({ results: withinAnswer(rows) }),
  },
  deadlineMs: 20_000,
  attempts: 2,
  // Tasks wait for others, side by side, so that ten to a message take no longer than one.
  tasksPerMessage: 10,
  maxTasks: MAX_URLS,
  settings: {
    hosts: HOSTS_SETTING,
    addresses: { default: 'public', pattern: /public|any/, says: 'public or any' },
  },
});

/** The rows, without the JSON of those that the answer has no room for. */
function withinAnswer(rows: readonly Row[]): (Row & { readonly jsonOmitted?: true })[] {
  let left = SHOWN_BYTES;
  return rows.map((row) => {
    if (row.json === undefined) return row;
    left -= Buffer.byteLength(JSON.stringify(row.json));
    if (left >= 0) return row;
    const { json: _omitted, ...rest } = row;
    return { ...rest, jsonOmitted: true };
  });
}

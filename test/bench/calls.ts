/** The AWS calls that functions make for some requests, from the first of them to the timer that finds a request closed. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Cloud } from '../../local/cloud.ts';
import type { Table } from './report.ts';
import { rounded } from './statistics.ts';

interface Recorded {
  readonly by: string;
  readonly service: string;
  readonly action: string;
  readonly body: string;
}

/** The construct that makes a function, of its logical id. */
const nameOf = (functionId: string): string => functionId.replace(/^ScatterGather|Function[0-9A-F]{8}$/g, '');

/** Longest wait for the timers, beyond which something is broken. */
const PATIENCE_MS = 30_000;

/** Does `work`, which says the ids of its requests, and counts the calls made for them: per request, by function and action. */
export async function countCalls(title: string, cloud: Cloud, work: () => Promise<readonly string[]>): Promise<Table> {
  const recorded: Recorded[] = [];
  cloud.intercept(({ functionId, service, action, body }) => {
    recorded.push({ by: nameOf(functionId), service, action, body: JSON.stringify(body) });
    return 'pass';
  });
  const requestIds = await work();
  await timersOf(requestIds, recorded);
  cloud.intercept(undefined);
  // Timers of earlier requests fire in the meantime: a call counts for the request it names.
  const calls = recorded.filter(({ body }) => requestIds.some((requestId) => body.includes(requestId)));
  return tableOf(title, calls, requestIds.length);
}

/** A timer's calls are the last that a request costs. */
async function timersOf(requestIds: readonly string[], recorded: readonly Recorded[]): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  const fired = () => {
    const bodies = recorded.filter(({ by }) => by === 'Warden').map(({ body }) => body);
    return requestIds.every((requestId) => bodies.some((body) => body.includes(requestId)));
  };
  while (!fired()) {
    if (Date.now() > giveUpAt) throw new Error('not every timer has fired');
    await delay(100);
  }
  await delay(500);
}

function tableOf(title: string, calls: readonly Recorded[], requests: number): Table {
  const groups = [...Map.groupBy(calls, ({ by, service, action }) => `${by} ${service} ${action}`)].sort();
  const rows = groups.map(([key, group]) => [...key.split(' '), ...perRequest(group, requests)]);
  return {
    title,
    columns: ['function', 'service', 'action', 'calls', 'bytes sent'],
    rows: [...rows, ['all', '', '', ...perRequest(calls, requests)]],
  };
}

function perRequest(calls: readonly Recorded[], requests: number): [number, number] {
  const bytes = calls.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
  return [rounded(calls.length / requests, 2), Math.round(bytes / requests)];
}

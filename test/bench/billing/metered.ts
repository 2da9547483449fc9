/** What one request uses, on a local cloud that serves nobody else. */
import { setTimeout as delay } from 'node:timers/promises';
import { amountOf, difference, type Usage } from '../../../local/billing/usage.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { minus } from './arithmetic.ts';

export interface Work {
  readonly job: string;
  readonly tasks: number;
  readonly resultBytes: number;
}

/** The API does not take such a request, and says why. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Longer than whatever a request waits for by itself: a late delivery, a cold start, a retry of the SDK. */
const QUIET_MS = 1_000;
/** So far away that no timer fires while something else is measured; beyond 15 minutes a timer is a chain of messages. */
const farDeadlineMs = (tasks: number): number => Math.max(890_000, tasks * 5);
/** Its timer fires seconds before it, when the request is closed. */
const NEAR_DEADLINE_MS = 10_000;

/**
 * What `work` uses from its submission until nothing happens any more. Nobody waits for the answer, and what we ask to know
 * whether it is there is left out; its timer has not fired. Throws unless the answer is complete and exact.
 */
export async function requestUsage(cloud: Cloud, work: Work): Promise<Usage> {
  const before = cloud.usage();
  await closed(cloud, work, farDeadlineMs(work.tasks));
  return since(before, cloud);
}

/**
 * What a timer uses that finds its request closed: its message's receive and delete, its function, and what that looks up; taken
 * as what `work` uses with it more than `without` it.
 */
export async function timerUsage(cloud: Cloud, work: Work, without: Usage): Promise<Usage> {
  const before = cloud.usage();
  await closed(cloud, work, NEAR_DEADLINE_MS);
  while (amountOf(since(before, cloud), 'lambda-requests', /Warden/) === 0) await delay(50);
  await quiet(cloud);
  return minus(since(before, cloud), without);
}

/** What has been used, but for our own questions. */
const since = (before: Usage, cloud: Cloud): Usage =>
  difference(cloud.usage(), before).filter(({ subject }) => !/Status|^GET /.test(subject));

/** Submits `work` and waits for its end, which its deadline brings at the latest. */
async function closed(cloud: Cloud, work: Work, deadlineMs: number): Promise<void> {
  const { requestId } = await submit(cloud, work, deadlineMs);
  for (;;) {
    await quiet(cloud);
    const answer = await call(`${cloud.url}/v1/requests/${requestId}`);
    if (answer.status !== 'running') return assertExact(answer, work);
  }
}

/** Resolves when nothing but empty receives has been used for a while. */
async function quiet(cloud: Cloud): Promise<void> {
  let [last, since] = [-1, Date.now()];
  while (Date.now() - since < QUIET_MS) {
    const amount = addedUp(cloud.usage());
    if (amount !== last) [last, since] = [amount, Date.now()];
    await delay(50);
  }
}

const addedUp = (usage: Usage): number =>
  usage.reduce((sum, { item, amount }) => sum + (item === 'sqs-empty-receives' ? 0 : amount), 0);

interface Answer {
  readonly requestId: string;
  readonly status: string;
  readonly aggregate: Readonly<Record<string, unknown>> | null;
}

const submit = (cloud: Cloud, { job, tasks, resultBytes }: Work, deadlineMs: number): Promise<Answer> =>
  call(`${cloud.url}/v1/jobs/${job}?deadlineMs=${deadlineMs}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tasks, resultBytes }),
  });

async function call(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  if (response.status < 500) throw new Refused(JSON.parse(text).detail ?? text);
  throw new Error(`${url} answered ${response.status}: ${text}`);
}

function assertExact({ status, aggregate }: Answer, { job, tasks, resultBytes }: Work): void {
  const exact = { tasks, sumOfIndexes: (tasks * (tasks - 1)) / 2, bytes: tasks * resultBytes };
  const isWrong = Object.entries(exact).some(([name, value]) => aggregate?.[name] !== value);
  if (status !== 'complete' || isWrong)
    throw new Error(`${job} ended ${status} with ${JSON.stringify(aggregate)} instead of ${JSON.stringify(exact)}`);
}

/** What one request uses, on a local cloud that serves nobody else. */
import { setTimeout as delay } from 'node:timers/promises';
import { amountOf, difference, type Usage } from '../../../local/billing/usage.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { addUp } from './arithmetic.ts';

export interface Work {
  readonly job: string;
  readonly tasks: number;
  readonly resultBytes: number;
}

/** The API does not take such a request, and says why. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Longer than whatever a request waits for by itself: a late delivery, a retry of the SDK. */
const QUIET_MS = 700;
const GIVE_UP_MS = 30 * 60_000;
/** The longest that a timer takes in one message, so that none fires while something else is measured. */
const FAR_DEADLINE_MS = 890_000;
const NEAR_DEADLINE_MS = 1_500;

/**
 * What `work` uses from its submission until nothing happens any more. Nobody waits for the answer, so no caller's polls are in
 * it; and its timer has not fired. Throws unless the answer is complete and exact.
 */
export async function requestUsage(cloud: Cloud, work: Work): Promise<Usage> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  const used: Usage[] = [];
  let before = cloud.usage();
  const { requestId } = await submit(cloud, work, FAR_DEADLINE_MS);
  for (;;) {
    await quiet(cloud);
    used.push(difference(cloud.usage(), before));
    const answer = await call(`${cloud.url}/v1/requests/${requestId}`);
    if (answer.status !== 'running') {
      assertExact(answer, work);
      return addUp(used);
    }
    if (Date.now() > giveUpAt) throw new Error(`request ${requestId} of ${work.job} does not end`);
    before = cloud.usage();
  }
}

/** What a timer uses that finds its request closed: its message's receive and delete, its function, and what that looks up. */
export async function timerUsage(cloud: Cloud, work: Work): Promise<Usage> {
  await submit(cloud, work, NEAR_DEADLINE_MS);
  await quiet(cloud, 300);
  const before = cloud.usage();
  const fired = () => amountOf(difference(cloud.usage(), before), 'lambda-requests', /Timer/) > 0;
  while (!fired()) await delay(50);
  await quiet(cloud);
  return difference(cloud.usage(), before);
}

/** Resolves when nothing but empty receives has been used for a while. */
async function quiet(cloud: Cloud, quietMs = QUIET_MS): Promise<void> {
  let [last, since] = [-1, Date.now()];
  while (Date.now() - since < quietMs) {
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

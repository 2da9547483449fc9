/**
 * What AWS would bill for a task does not grow with the number of tasks beside it: counted by the local cloud's meter, on
 * queues that hand out in any order. An item that grows with each result would be billed ever more for each; a count that
 * every result writes to, once for each.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amountOf, difference, type Usage } from '../../local/billing/usage.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

const RESULT_BYTES = 200;
/** What a task may cost more in a request of many, as a share. */
const STEADY = 1.2;
/** Write units a task, ten riding in a message: 0.2 of them hold the results themselves, of 200 bytes. */
const WRITE_UNITS = 0.45;

describe('what a task is billed', () => {
  let cloud: OwnCloud;
  beforeAll(async () => {
    cloud = await startOwnCloud({
      pessimism: { seed: 1, duplicates: 0, stragglers: 0, lateMs: 0, disorder: { repeats: 0 } },
    });
    await unitsOf(100);
  });
  afterAll(() => cloud.close());

  /** What a request of `tasks` tasks uses, but for what its caller asks. */
  const unitsOf = async (tasks: number): Promise<Usage> => {
    const before = cloud.usage();
    const { body } = await cloud.ask('calibrate', { tasks, resultBytes: RESULT_BYTES }, '?deadlineMs=600000');
    expect(body).toMatchObject({ status: 'complete', tasks: { succeeded: tasks } });
    return difference(cloud.usage(), before).filter(({ subject }) => !/Status|Distributor \w*GetItem/.test(subject));
  };

  it('in write units does not grow from a hundred tasks to ten thousand', { timeout: 120_000 }, async () => {
    const each = [];
    for (const tasks of [100, 1_000, 10_000]) each.push(amountOf(await unitsOf(tasks), 'dynamodb-write-units') / tasks);
    const [hundred = 0, ...larger] = each;
    for (const units of larger) {
      expect(units).toBeLessThanOrEqual(hundred * STEADY);
      expect(units).toBeLessThanOrEqual(WRITE_UNITS);
    }
  });

  it('to read 256 small results back is one Query', async () => {
    const { body } = await cloud.ask('calibrate', { tasks: 256, resultBytes: RESULT_BYTES });
    const queries: string[] = [];
    cloud.intercept(({ action }) => {
      if (action === 'Query') queries.push(action);
      return 'pass';
    });
    const { body: page } = await cloud.call(`/v1/requests/${body.requestId}/results?limit=256`);
    cloud.intercept(undefined);
    expect(page.results).toHaveLength(256);
    expect(queries).toHaveLength(1);
  });
});

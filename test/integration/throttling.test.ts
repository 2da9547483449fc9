/** Throttling slows a request and loses nothing: whatever AWS refuses for being too much is asked for again, or waits. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';
import { every, everyNth } from '../support/throttling.ts';

const whole = (tasks: number) => ({ tasks, sumOfIndexes: (tasks * (tasks - 1)) / 2, bytes: tasks * 10 });

describe('a request', () => {
  let cloud: OwnCloud;

  beforeAll(async () => {
    cloud = await startOwnCloud({ limits: { throttlePauseMs: 20 } });
  });
  afterAll(() => cloud.close());

  const answers = async (tasks: number) => {
    const { body } = await cloud.ask('calibrate', { tasks, resultBytes: 10 });
    cloud.intercept(undefined);
    cloud.throttle(undefined);
    expect({ status: body.status, aggregate: body.aggregate }).toEqual({ status: 'complete', aggregate: whole(tasks) });
  };

  it.each([
    ['UpdateItem', 'dynamodb'],
    ['PutItem', 'dynamodb'],
    ['Query', 'dynamodb'],
    ['PublishBatch', 'sns'],
    ['SendMessage', 'sqs'],
    ['SendMessageBatch', 'sqs'],
  ] as const)('is whole though every third %s is throttled (%s)', async (action, service) => {
    cloud.intercept(every(3, 'throttle', { service, action }));
    await answers(2_600);
  });

  it('is whole though batches fail in part', async () => {
    cloud.intercept(every(2, { failEntries: [1, 4, 9] }));
    await answers(2_600);
  });

  it.each([100, 2_600])(
    'of %i tasks is whole though Lambda throttles every third invocation but those of the API',
    async (tasks) => {
      const due = everyNth(3);
      cloud.throttle((functionId) => !/Distributor|Status/.test(functionId) && due());
      await answers(tasks);
    },
  );
});

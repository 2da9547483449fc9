/** What is too large for a message travels as a claim: it arrives, or its task alone fails and says why. */
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceCall } from '../../local/services/intercept.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

const SMALL = { payload: 10, value: 20 };

let cloud: OwnCloud;
let s3: S3Client;
beforeAll(async () => {
  cloud = await startOwnCloud();
  s3 = new S3Client({
    ...{ endpoint: cloud.endpoints.s3, region: 'eu-west-2', forcePathStyle: true },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});
afterEach(() => cloud.intercept(undefined));
afterAll(() => cloud.close());

const carry = (...tasks: { readonly payload: number; readonly value: number }[]) => cloud.ask('hefty', { tasks });

/** The calls of objects that functions have made since. */
function watchObjects(): readonly ServiceCall[] {
  const calls: ServiceCall[] = [];
  cloud.intercept((call) => {
    if (call.service === 's3') calls.push(call);
    return 'pass';
  });
  return calls;
}

/** Does something to the first object that a leaf reads, before it can. */
function beforeItIsRead(act: (object: { readonly Bucket: string; readonly Key: string }) => Promise<unknown>): void {
  let state: 'waiting' | 'acting' | 'done' = 'waiting';
  cloud.intercept(({ service, action, functionId, body }) => {
    if (service !== 's3' || action !== 'GetObject' || !functionId.includes('Leaf') || state === 'done') return 'pass';
    if (state === 'waiting') {
      state = 'acting';
      void act(body as { Bucket: string; Key: string }).then(() => {
        state = 'done';
      });
    }
    return 'refuse'; // the SDK asks again
  });
}

describe('a payload and a value that are too large for a message', () => {
  it('arrive, beside small ones that travel as they are', async () => {
    const calls = watchObjects();
    const { body } = await carry(SMALL, { payload: 300_000, value: 400_000 }, SMALL);
    expect(body).toMatchObject({ status: 'complete', tasks: { succeeded: 3 } });
    expect(body.aggregate).toEqual([
      [10, 20],
      [300_000, 400_000],
      [10, 20],
    ]);
    expect(calls.filter(({ action }) => action === 'PutObject')).toHaveLength(2);
    for (const { body: object } of calls) expect(object.Key).toMatch(new RegExp(`^2d/${body.requestId}/[0-9a-f]{64}$`));
  });

  it('may have five megabytes', async () => {
    const most = LIMITS.claimBytes - 100;
    const { body } = await carry({ payload: most, value: most });
    expect(body.aggregate).toEqual([[most, most]]);
  });

  it('may not have more: a value fails its task, a payload refuses the request', async () => {
    const over = LIMITS.claimBytes;
    const { body } = await carry({ payload: 0, value: over }, SMALL);
    expect(body).toMatchObject({
      failed: [{ taskIndex: 0, cause: 'result-too-large', message: expect.stringContaining(`of ${over}`) }],
      aggregate: [[10, 20]],
    });
    const refused = await carry({ payload: over, value: 0 });
    expect(refused).toMatchObject({ status: 422, body: { code: 'cannot-split', errors: [{ limit: over }] } });
  });
});

describe('a claim', () => {
  it('that somebody tampered with fails its task at once, and no other', async () => {
    beforeItIsRead((object) => s3.send(new PutObjectCommand({ ...object, Body: '{"filler":"z","value":1}' })));
    const { body } = await carry(SMALL, { payload: 300_000, value: 0 });
    expect(body).toMatchObject({ failed: [{ taskIndex: 1, cause: 'claim-tampered' }], aggregate: [[10, 20]] });
  });

  it('that has expired fails its task at once, and no other', async () => {
    beforeItIsRead((object) => s3.send(new DeleteObjectCommand(object)));
    const { body } = await carry({ payload: 300_000, value: 0 }, SMALL);
    expect(body).toMatchObject({ failed: [{ taskIndex: 0, cause: 'claim-missing' }], aggregate: [[10, 20]] });
  });

  it('that cannot be had just now is asked for again, by another attempt too', async () => {
    let refusals = 0;
    cloud.intercept(({ service, action, functionId }) => {
      if (service !== 's3' || action !== 'GetObject' || !functionId.includes('Leaf')) return 'pass';
      return refusals++ < 7 ? 'refuse' : 'pass';
    });
    const { body } = await carry({ payload: 300_000, value: 0 });
    expect(body).toMatchObject({ status: 'complete', aggregate: [[300_000, 0]] });
    expect(refusals).toBe(8);
  });
});

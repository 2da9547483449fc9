/** What is too large for a message travels as a claim: it arrives, or its task alone fails and says why. */
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceCall } from '../../local/services/intercept.ts';
import type { ResultsEnvelope, TaskResult } from '../../shared/core/envelope.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { parseResultsEnvelope } from '../../shared/core/parse-envelope.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

const SMALL = { payload: 10, value: 20 };

let cloud: OwnCloud;
let s3: S3Client;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startOwnCloud();
  const shared = { region: 'eu-west-2', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  s3 = new S3Client({ ...shared, endpoint: cloud.endpoints.s3, forcePathStyle: true });
  sqs = new SQSClient({ ...shared, endpoint: cloud.endpoints.sqs });
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

  it('are given to the caller as links that anybody may follow', async () => {
    const { body } = await carry({ payload: 300_000, value: 400_000 }, SMALL);
    const { results } = (await cloud.call(`/v1/requests/${body.requestId}/results`)).body;
    expect(results[1]).toMatchObject({ value: { received: 10 } });
    expect(results[0]).not.toHaveProperty('value');
    const { href, bytes, expiresAt } = results[0]?.link ?? { href: '', bytes: 0, expiresAt: 0 };
    expect(expiresAt - Date.now()).toBeGreaterThan(60_000);
    const response = await fetch(href);
    expect(response.headers.get('content-type')).toBe('application/json');
    const text = await response.text();
    expect([text.length, JSON.parse(text).received]).toEqual([bytes, 300_000]);
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

describe('a job whose values are claims', () => {
  interface Parts {
    readonly bytes: number;
    readonly parts: readonly { readonly $link: { readonly href: string; readonly bytes: number } }[];
  }

  it('has output of any size: its aggregate links to the parts', async () => {
    const sizes = [4_000_000, 3, 3_000_000];
    const { body, headers } = await cloud.ask('hefty-parts', { sizes });
    const { bytes, parts } = body.aggregate as Parts;
    expect(bytes).toBe(7_000_009);
    expect(parts.map(({ $link }) => $link.bytes)).toEqual(sizes.map((size) => size + 2));
    const read = await Promise.all(parts.map(async ({ $link }) => (await fetch($link.href)).json() as Promise<string>));
    expect(read.map((text) => text.length)).toEqual(sizes);
    expect([headers.get('etag'), headers.get('cache-control')]).toEqual([null, 'no-store']);
  });

  it('is told anew whenever it is asked about, on the results pages too', async () => {
    const { body } = await cloud.ask('hefty-parts', { sizes: [5, 6] });
    const again = await cloud.call(`/v1/requests/${body.requestId}`, { headers: { 'if-none-match': '*' } });
    expect([again.status, (again.body.aggregate as Parts).parts.length]).toEqual([200, 2]);
    const { results } = (await cloud.call(`/v1/requests/${body.requestId}/results`)).body;
    expect(results.map(({ link }) => link?.bytes)).toEqual([7, 8]);
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

  it("of another request's is missing in this one, even under its own token", async () => {
    const [stolen] = (await sentBy(() => carry({ payload: 0, value: 300_000 }), 'pass')).results as TaskResult[];
    expect(stolen?.claim?.bytes).toBeGreaterThan(300_000);
    let answered: ReturnType<typeof carry> | undefined;
    const { results: _, ...header } = await sentBy(() => {
      answered = carry(SMALL);
      return answered;
    }, 'refuse');
    const forged = { ...header, results: [{ taskIndex: 0, attempt: 1, claim: stolen?.claim }] };
    const QueueUrl = cloud.resource('ScatterGatherGatheringResultsQueue').ref;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(forged) }));
    expect((await answered)?.body).toMatchObject({
      ...{ status: 'failed', completionReason: 'job-error', aggregate: null },
      error: { where: 'fold', message: expect.stringMatching(/^task 0: there is nothing for the claim/) },
    });
  });

  it.each([{ sha256: `../../${'ab'.repeat(29)}` }, { days: '2d/another-request' }, { key: '2d/another-request/ab' }])(
    'forged as %j is none: the message is refused before anything is read',
    async (changes) => {
      const calls = watchObjects();
      const claim = { sha256: 'ab'.repeat(32), bytes: 5, days: 2, ...changes };
      const header = {
        ...{ v: 1, requestId: 'r', job: 'hefty', jobVersion: 1, leaf: 'carry', expected: 1, shardSize: 2_500, hops: 1 },
        ...{ acceptedAt: 1, deadlineAt: 9e12, expiresAt: 9e12, resultsToken: 'token' },
      };
      const body = JSON.stringify({ ...header, results: [{ taskIndex: 0, attempt: 1, claim }] });
      const Records = [{ messageId: 'forged', body, receiptHandle: 'forged' }];
      const invoked = await cloud.invoke('ScatterGatherAggregatorFunction', { Records });
      expect(invoked).toEqual({ result: { batchItemFailures: [{ itemIdentifier: 'forged' }] } });
      expect(calls).toEqual([]);
    },
  );
});

/** The first results that a leaf sends home after `begin`; with `refuse` they and all others never arrive. */
function sentBy(begin: () => Promise<unknown>, verdict: 'pass' | 'refuse'): Promise<ResultsEnvelope> {
  return new Promise((resolve, reject) => {
    cloud.intercept(({ service, action, functionId, body }) => {
      if (service !== 'sqs' || action !== 'SendMessage' || !functionId.includes('Leaf')) return 'pass';
      resolve(parseResultsEnvelope(JSON.parse(String(body.MessageBody))));
      return verdict;
    });
    begin().catch(reject);
  });
}

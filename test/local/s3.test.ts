import { gunzipSync, gzipSync } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceCall } from '../../local/services/intercept.ts';
import { arnOf, type Declaration, lambda, ref, role } from './support/assembly.ts';
import { s3Client } from './support/clients.ts';
import { startTestCloud, type TestCloud } from './support/cloud.ts';

const bucket: Declaration = {
  Type: 'AWS::S3::Bucket',
  Properties: {
    LifecycleConfiguration: { Rules: [{ Id: '1d', Prefix: '1d/', ExpirationInDays: 1, Status: 'Enabled' }] },
    PublicAccessBlockConfiguration: { BlockPublicAcls: true },
  },
  DeletionPolicy: 'Delete',
};
const policy: Declaration = {
  Type: 'AWS::S3::BucketPolicy',
  Properties: { Bucket: ref('Claims'), PolicyDocument: { Statement: [{ Resource: arnOf('Claims') }] } },
};

describe('S3', () => {
  let cloud: TestCloud;
  const Bucket = () => cloud.resource('Claims').ref;
  const put = (Key: string, Body: Uint8Array | string, rest: Partial<PutObjectCommandInput> = {}) =>
    s3Client(cloud).send(new PutObjectCommand({ Bucket: Bucket(), Key, Body, ...rest }));
  const get = (Key: string) => s3Client(cloud).send(new GetObjectCommand({ Bucket: Bucket(), Key }));
  const link = (Key: string, signingDate = new Date()) =>
    getSignedUrl(s3Client(cloud), new GetObjectCommand({ Bucket: Bucket(), Key }), { expiresIn: 60, signingDate });

  beforeAll(async () => {
    const user = lambda({ Environment: { Variables: { BUCKET: ref('Claims') } } });
    cloud = await startTestCloud({ Resources: { Role: role, Claims: bucket, Policy: policy, Function: user } });
  });
  afterAll(() => cloud.close());

  test('a bucket has a name that a host may have, and functions know where it is', () => {
    expect(Bucket()).toBe('test-claims');
    expect(cloud.resource('Claims').attributes.Arn).toBe('arn:aws:s3:::test-claims');
    expect(cloud.environment('Function')).toMatchObject({
      BUCKET: 'test-claims',
      AWS_ENDPOINT_URL_S3: cloud.endpoints.s3,
    });
  });

  test('an object comes back as it was put, still encoded', async () => {
    const body = gzipSync(JSON.stringify('x'.repeat(1_000)));
    await put('1d/a/b', body, { ContentType: 'application/json', ContentEncoding: 'gzip' });
    const { Body, ContentLength, ContentEncoding, ContentType } = await get('1d/a/b');
    expect({ ContentLength, ContentEncoding, ContentType }).toEqual({
      ...{ ContentLength: body.length, ContentEncoding: 'gzip', ContentType: 'application/json' },
    });
    expect(gunzipSync((await Body?.transformToByteArray()) ?? '').toString()).toBe(JSON.stringify('x'.repeat(1_000)));
  });

  test('five megabytes are no trouble', async () => {
    await put('large', Buffer.alloc(5 * 1024 * 1024, 'x'));
    expect((await get('large')).ContentLength).toBe(5 * 1024 * 1024);
  });

  test('a key that is not there is denied, as it is to who may not list the bucket', async () => {
    await expect(get('nothing')).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    expect((await fetch(await link('nothing'))).status).toBe(403);
  });

  test('a signed link gives the object, decoded by who understands its encoding', async () => {
    await put('linked', gzipSync('{"a":1}'), { ContentType: 'application/json', ContentEncoding: 'gzip' });
    const response = await fetch(await link('linked'));
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ a: 1 });
  });

  test('a link that has expired gives nothing, and neither does an address that nobody signed', async () => {
    await put('secret', 'x');
    const expired = await fetch(await link('secret', new Date(Date.now() - 61_000)));
    expect([expired.status, await expired.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
    expect((await fetch(`${cloud.endpoints.s3}/${Bucket()}/secret`)).status).toBe(403);
  });

  describe('a test may stand between it and functions', () => {
    const invoke = (key: string) => cloud.invoke('Function', { do: 'put', bucket: Bucket(), key, body: 'put' });

    test('and see each call', async () => {
      const calls: ServiceCall[] = [];
      cloud.intercept((call) => {
        calls.push(call);
        return 'pass';
      });
      expect(await invoke('seen')).toHaveProperty('result');
      expect(calls).toMatchObject([
        { service: 's3', action: 'PutObject', functionId: 'Function', body: { Bucket: Bucket(), Key: 'seen' } },
      ]);
    });

    test('and refuse it, which the SDK survives', async () => {
      const verdicts: ('refuse' | 'pass')[] = ['refuse', 'refuse'];
      cloud.intercept(() => verdicts.shift() ?? 'pass');
      expect(await invoke('refused')).toHaveProperty('result');
      expect(verdicts).toEqual([]);
    });

    test.each(['kill-before', 'kill-after'] as const)('and end its caller: %s', async (verdict) => {
      cloud.intercept(() => verdict);
      expect(await invoke(verdict)).toMatchObject({ error: { errorType: 'Runtime.ExitError' } });
      cloud.intercept(undefined);
      const found = await get(verdict).then(
        () => true,
        () => false,
      );
      expect(found).toBe(verdict === 'kill-after');
    });
  });
});

/** Links to objects, against another implementation of the same signature. */
import { S3Client } from '@aws-sdk/client-s3';
import { AwsV4Signer } from 'aws4fetch';
import { expect, test } from 'vitest';
import { createBucket } from '../../shared/aws/bucket.ts';

const KEY = `2d/0b4a5f0e-6a0c-4f4e-9c53-0b8f1f1f2a11/${'ab'.repeat(32)}`;
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/+', sessionToken: 'a session/+=token' };
const s3 = (options: object = {}) =>
  createBucket(new S3Client({ region: 'eu-west-2', credentials, ...options }), 'fanfold-claims');

async function signatureOf(href: string): Promise<string | null> {
  const url = new URL(href);
  const datetime = url.searchParams.get('X-Amz-Date') ?? '';
  url.searchParams.delete('X-Amz-Signature');
  const signer = new AwsV4Signer({
    ...{ url: url.href, ...credentials, service: 's3', region: 'eu-west-2', datetime, signQuery: true },
  });
  return (await signer.sign()).url.searchParams.get('X-Amz-Signature');
}

test.for([
  ['S3', {}, `https://fanfold-claims.s3.eu-west-2.amazonaws.com/${KEY}`],
  [
    'an emulator',
    { endpoint: 'http://127.0.0.1:4566', forcePathStyle: true },
    `http://127.0.0.1:4566/fanfold-claims/${KEY}`,
  ],
] as const)('a link to %s is signed, and says how long it holds', async ([, options, address]) => {
  const bucket = s3(options);
  await bucket.link('1d/another/one', 5);
  const url = new URL(await bucket.link(KEY, 900));
  expect(url.origin + url.pathname).toBe(address);
  expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
  expect(url.searchParams.get('X-Amz-Security-Token')).toBe(credentials.sessionToken);
  expect(await signatureOf(url.href)).toBe(url.searchParams.get('X-Amz-Signature'));
  expect(await signatureOf(url.href.replace('2d/', '4d/'))).not.toBe(url.searchParams.get('X-Amz-Signature'));
});

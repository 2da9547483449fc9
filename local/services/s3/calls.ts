/** What is asked of S3, told by method and path, and where fauxqs 2.4.1 is kinder than AWS about it. */
import type { Refusal } from '../strictness.ts';

export interface S3Call {
  readonly service: 's3';
  readonly action: string;
  /** Which object, without what is in it. */
  readonly body: { readonly Bucket: string; readonly Key: string };
}

interface S3Request {
  readonly method: string;
  /** Path style. */
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

const ACTIONS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  PUT: 'PutObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
};

/** The call of an object that a request is; undefined if it is another's, or of a bucket as a whole. */
export function s3Call({ method, url }: Pick<S3Request, 'method' | 'url'>): S3Call | undefined {
  const [, Bucket, Key] = /^\/([^/?]+)\/([^?]+)/.exec(url) ?? [];
  const action = ACTIONS[method];
  return action && Bucket && Key
    ? { service: 's3', action, body: { Bucket, Key: decodeURIComponent(Key) } }
    : undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (read November 2026) */
const denied = (message: string): Refusal => ({ code: 'AccessDenied', message, status: 403 });

/**
 * Why AWS would refuse this call of an object: the buckets are private, and signed links expire. That a signature is
 * right is not checked, here as for the other services.
 */
export function refusedAccess({ url, headers }: S3Request, now: number): Refusal | undefined {
  const query = new URLSearchParams(url.split('?')[1]);
  if (headers.authorization === undefined && !query.has('X-Amz-Signature')) return denied('Access Denied');
  const signedAt = query.get('X-Amz-Date')?.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  if (signedAt === undefined) return undefined;
  const expiresAt = Date.parse(signedAt) + Number(query.get('X-Amz-Expires')) * 1_000;
  return now < expiresAt ? undefined : denied('Request has expired');
}

/** To who may not list a bucket, as no function of ours may, AWS does not say that a key is not there (GetObject, read November 2026). */
export const hidesMissingKey = (status: number, payload: unknown): Refusal | undefined =>
  status === 404 && String(payload).includes('<Code>NoSuchKey</Code>') ? denied('Access Denied') : undefined;

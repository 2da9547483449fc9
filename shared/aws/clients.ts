/**
 * The only place that makes SDK clients: one of each a function, made on first use, endpoints and credentials from the
 * standard environment variables alone.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';

const once = <Client>(make: () => Client): (() => Client) => {
  let client: Client | undefined;
  return () => {
    client ??= make();
    return client;
  };
};

/** Ours take longer to answer only when they throttle; then the SDK's own backoff slows the request, and loses nothing. */
const MAX_ATTEMPTS = 6;

export const dynamodb = once(() => new DynamoDBClient({ maxAttempts: MAX_ATTEMPTS }));
export const sns = once(() => new SNSClient({ maxAttempts: MAX_ATTEMPTS }));
export const sqs = once(() => new SQSClient({ maxAttempts: MAX_ATTEMPTS }));

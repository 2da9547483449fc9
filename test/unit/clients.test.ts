import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { unlogged } from '../../shared/aws/clients/options.ts';

test('a client has no log of its own of every call', () => {
  const logging = (client: SQSClient) =>
    client.middlewareStack.identify().filter((name) => name.startsWith('loggerMiddleware'));
  const region = 'eu-west-1';
  expect(logging(new SQSClient({ region }))).toHaveLength(1);
  expect(logging(unlogged(new SQSClient({ region })))).toEqual([]);
});

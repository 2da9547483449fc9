import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { takeEach } from '../../shared/aws/records.ts';

const event = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({ messageId: `m${index}`, body }) as SQSRecord),
});

test('each message is taken on its own, and only those that failed are named', async () => {
  const taken: string[] = [];
  const warned: unknown[] = [];
  const telemetry = { warn: (message: string, fields: object) => void warned.push({ message, ...fields }) };
  const answered = await takeEach(event('a', 'bad', 'c', 'worse'), telemetry, async (body) => {
    if (body.length > 1) throw new Error(`${body} body`);
    taken.push(body);
  });
  expect(answered).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm3' }] });
  expect(taken).toEqual(['a', 'c']);
  expect(warned).toMatchObject([
    { messageId: 'm1', reason: 'bad body' },
    { messageId: 'm3', reason: 'worse body' },
  ]);
});

test('a body that cannot be read fails its own message alone', async () => {
  const telemetry = { warn: () => undefined };
  const answered = await takeEach(event('{"a":1}', 'no JSON'), telemetry, async (body) => JSON.parse(body));
  expect(answered).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
});

test('no message is no failure', async () => {
  const answered = await takeEach({ Records: [] }, { warn: () => undefined }, async () => undefined);
  expect(answered).toEqual({ batchItemFailures: [] });
});

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startCloud } from '../../local/cloud.ts';
import { watchSource } from '../../local/watch.ts';
import { arnOf, lambda, queue, ref, role, type TemplateBody, writeAssembly } from './support/assembly.ts';
import { nextBody, sqsClient } from './support/clients.ts';
import { cloudForTest, recordsIn } from './support/cloud.ts';

const one = (bundle?: string) => ({ Role: role, Function: lambda({}, bundle) });

describe('the local cloud', () => {
  test('refuses a port that is taken, in one line', async () => {
    const { port } = await takenPort();
    const start = startCloud({ source: { assembly: assembly(one()) }, port });
    await expect(start).rejects.toMatchObject({
      code: 'port-taken',
      message: `port ${port} is taken: stop what listens there, or set PORT`,
    });
  });

  test('gives its port back when the template is refused', async () => {
    const { port, release } = await takenPort();
    await release();
    const refused = { assembly: assembly({ Stream: { Type: 'AWS::Kinesis::Stream' } }) };
    await expect(startCloud({ source: refused, port })).rejects.toMatchObject({ code: 'unsupported' });
    const cloud = await startCloud({ source: { assembly: assembly(one()) }, port });
    await cloud.close();
  });

  test('lets running functions go on with new code when nothing else has changed', async () => {
    const cloud = await cloudForTest({ Resources: { ...one(), Work: queue() } });
    await cloud.invoke('Function', { do: 'send', queueUrl: cloud.resource('Work').ref, body: 'kept' });
    writeAssembly({ Resources: { ...one('silent'), Work: queue() } }, cloud.folder);
    expect(await cloud.reload()).toBe('new-code');
    expect(await cloud.invoke('Function', {})).toEqual({ result: 'the new code' });
    expect(await nextBody(sqsClient(cloud), cloud.resource('Work').ref)).toBe('kept');
  });

  test('starts a new stack at the same address when more has changed, and keeps the old one if that fails', async () => {
    const cloud = await cloudForTest({ Resources: one() });
    const { url } = cloud;
    writeAssembly({ Resources: { ...one(), Stream: { Type: 'AWS::Kinesis::Stream' } } }, cloud.folder);
    await expect(cloud.reload()).rejects.toThrow('Stream (AWS::Kinesis::Stream)');
    expect(await cloud.invoke('Function', { do: 'return', value: 1 })).toEqual({ result: 1 });
    writeAssembly({ Resources: { ...one(), Second: lambda() } }, cloud.folder);
    expect(await cloud.reload()).toBe('new-stack');
    expect(await cloud.invoke('Second', { do: 'return', value: 2 })).toEqual({ result: 2 });
    expect(cloud.url).toBe(url);
  });

  test('says what is called what, and refuses a name that is ambiguous or none', async () => {
    const cloud = await cloudForTest({ Resources: { ...one(), Work1234ABCD: queue(), Other: queue() } });
    expect(cloud.resource('Work').ref).toBe(`${cloud.endpoints.sqs}/000000000000/Test-Work1234ABCD`);
    expect(() => cloud.resource('Wor')).toThrow('no resource is called Wor');
    expect(cloud.environment('Function')).toMatchObject({
      AWS_ENDPOINT_URL_SQS: cloud.endpoints.sqs,
      AWS_LAMBDA_FUNCTION_NAME: 'Test-Function',
    });
  });
});

describe('a test may stand between functions and services', () => {
  const Resources = { ...one(), Work: queue() };
  const send = (queueUrl: string) => ({ do: 'send', queueUrl, body: 'sent' });

  test('and see each call with its caller', async () => {
    const cloud = await cloudForTest({ Resources });
    const calls: unknown[] = [];
    cloud.intercept(({ service, action, functionId }) => {
      calls.push([service, action, functionId]);
      return 'pass';
    });
    await cloud.invoke('Function', send(cloud.resource('Work').ref));
    expect(calls).toEqual([['sqs', 'SendMessage', 'Function']]);
  });

  test('and refuse it, which the SDK survives', async () => {
    const cloud = await cloudForTest({ Resources });
    const verdicts: ('refuse' | 'pass')[] = ['refuse'];
    cloud.intercept(() => verdicts.shift() ?? 'pass');
    expect(await cloud.invoke('Function', send(cloud.resource('Work').ref))).toHaveProperty('result');
  });

  test.each(['kill-before', 'kill-after'] as const)('and end its caller: %s', async (verdict) => {
    const cloud = await cloudForTest({ Resources });
    const queueUrl = cloud.resource('Work').ref;
    cloud.intercept(() => verdict);
    expect(await cloud.invoke('Function', send(queueUrl))).toMatchObject({ error: { errorType: 'Runtime.ExitError' } });
    cloud.intercept(undefined);
    if (verdict === 'kill-before') await cloud.invoke('Function', { do: 'send', queueUrl, body: 'only this' });
    expect(await nextBody(sqsClient(cloud), queueUrl)).toBe(verdict === 'kill-before' ? 'only this' : 'sent');
  });
});

test('a pessimistic delivery hands everything over, some of it twice', async () => {
  const EventSourceMapping = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: arnOf('Work'),
      FunctionName: ref('Function'),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  };
  const pessimism = { seed: 7, duplicates: 0.5, stragglers: 0.5, lateMs: 20 };
  const cloud = await cloudForTest(
    { Resources: { Role: role, Function: lambda(), Sender: lambda(), Work: queue(), EventSourceMapping } },
    { pessimism },
  );
  const bodies = Array.from({ length: 8 }, (_, n) => JSON.stringify({ n }));
  for (const body of bodies) await cloud.invoke('Sender', { do: 'send', queueUrl: cloud.resource('Work').ref, body });
  const has = (body: string) =>
    cloud.seen((event) => recordsIn<{ body: string }>(event, 'Function')?.find((record) => record.body === body));
  await Promise.all(bodies.map(has));
  expect(cloud.events.filter(({ kind }) => kind === 'duplicated').length).toBeGreaterThan(0);
});

test('watching says what a change did, and goes on after one that does not build', async () => {
  const said: string[] = [];
  const outcomes = ['new-code', new Error('it does not build\nat all'), 'new-stack'] as const;
  const { folder, change } = watchedFolder();
  let reloads = 0;
  const done = new Promise<void>((resolve) => {
    const reload = async () => {
      const outcome = outcomes[reloads];
      reloads += 1;
      if (outcome instanceof Error || outcome === undefined) throw outcome ?? new Error('too many');
      return outcome;
    };
    const stop = watchSource(folder, { reload }, (line) => {
      said.push(line);
      if (said.length === outcomes.length) resolve();
      else change();
    });
    onTestFinished(stop);
  });
  change();
  await done;
  expect(said).toEqual([
    'fanfold runs the new code',
    'fanfold goes on with the old code: it does not build',
    'fanfold restarted: the stack itself has changed, so what it held is gone',
  ]);
});

function assembly(Resources: TemplateBody['Resources']): string {
  const folder = writeAssembly({ Resources });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function watchedFolder(): { folder: string; change: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'fanfold-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'jobs'));
  return { folder, change: () => writeFileSync(join(folder, 'jobs', 'job.ts'), `// ${Math.random()}`) };
}

async function takenPort(): Promise<{ port: number; release: () => Promise<unknown> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const release = () => Promise.all([once(server, 'close'), server.close()]);
  onTestFinished(() => void server.close());
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, release };
}

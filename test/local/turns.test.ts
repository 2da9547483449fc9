import { getPriority } from 'node:os';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { Turns } from '../../local/services/lambda/turns.ts';
import { arnOf, type Declaration, lambda, queue, ref, role } from './support/assembly.ts';
import { sqsClient } from './support/clients.ts';
import { cloudForTest, recordsIn } from './support/cloud.ts';

const NEVER_MS = 60_000;
const BUSY = { isIdle: () => false };

/** The names of those that have a turn, in the order they got it. */
function asking(turns: Turns) {
  const granted: string[] = [];
  const ask = (name: string) => {
    const turn = turns.ask();
    void turn.granted.then(() => granted.push(name));
    return turn;
  };
  return { granted, ask };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  test('are as many as there are processors, and go round in the order of asking', async () => {
    const { granted, ask } = asking(new Turns(NEVER_MS, BUSY, 2));
    const [first] = ['a', 'b', 'c', 'd'].map(ask);
    await settled();
    expect(granted).toEqual(['a', 'b']);
    first?.end();
    await settled();
    expect(granted).toEqual(['a', 'b', 'c']);
  });

  test('are not given to who has left the line', async () => {
    const { granted, ask } = asking(new Turns(NEVER_MS, BUSY, 1));
    const [first, second] = ['a', 'b', 'c'].map(ask);
    second?.end();
    first?.end();
    await settled();
    expect(granted).toEqual(['a', 'c']);
  });

  test('become more when none comes back though processors are idle', async () => {
    let looks = 0;
    const processors = { isIdle: () => ++looks > 3 };
    const turns = new Turns(1, processors, 1);
    await Promise.all([turns.ask().granted, turns.ask().granted, turns.ask().granted]);
    expect(looks).toBeGreaterThanOrEqual(5);
  });
});

describe('environments', () => {
  const EventSourceMapping: Declaration = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: arnOf('Work'), FunctionName: ref('Function'), BatchSize: 1 },
  };
  const Resources = {
    ...{ Role: role, Function: lambda(), Work: queue({ VisibilityTimeout: 120 }), EventSourceMapping },
  };

  test('of a queue are its own, and step back behind those that somebody waits for', async () => {
    const cloud = await cloudForTest({ Resources }, { limits: { patienceMs: 50 } });
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: '{"do":"hang"}' }));
    await sqsClient(cloud).send(new SendMessageBatchCommand({ QueueUrl: cloud.resource('Work').ref, Entries }));
    const nicenesses = await cloud.seen(() => {
      const lines = cloud.events.flatMap((event) =>
        recordsIn(event, 'Function') && 'line' in event ? [event.line] : [],
      );
      return lines.length === 2 ? lines.map((line) => JSON.parse(line).niceness) : undefined;
    });
    expect(nicenesses).toEqual([5, 10]);
    expect(await cloud.invoke('Function', { do: 'environment' })).toMatchObject({
      result: { niceness: getPriority() },
    });
  });
});

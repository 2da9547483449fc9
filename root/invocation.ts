/** What a handler is told of its invocation. Here nothing ends one but its own end: the time it has is what it would have on Lambda. */
import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import type { Clock } from '../shared/core/ports/runtime.ts';
import { INVOCATION_MS } from './limits.ts';

export function invocationContext({ now }: Pick<Clock, 'now'>): Context {
  const endsAt = now() + INVOCATION_MS;
  return {
    ...{ awsRequestId: randomUUID(), callbackWaitsForEmptyEventLoop: false, memoryLimitInMB: '' },
    ...{ functionName: 'root', functionVersion: '', invokedFunctionArn: '', logGroupName: '', logStreamName: '' },
    getRemainingTimeInMillis: () => Math.max(0, endsAt - now()),
    // Callbacks of Node's first years, which no handler of ours takes.
    ...{ done: () => undefined, fail: () => undefined, succeed: () => undefined },
  };
}

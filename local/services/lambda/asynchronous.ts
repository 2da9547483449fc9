/**
 * Lambda's asynchronous invocation: it is accepted at once, tried again after failures and throttles, and a final failure goes to the function's
 * destination as a record of what was asked and what came of it.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html (read November 2026)
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Emit } from '../../events.ts';
import { LocalCloudError } from '../../failure.ts';
import { isObject, type Json } from '../../template/json.ts';
import type { Resource, Stack } from '../../template/stack.ts';
import type { Messaging } from '../messaging.ts';
import type { LambdaFunction } from './function.ts';
import type { FunctionError } from './outcome.ts';
import { insist, type ThrottleLimits } from './throttled.ts';

export interface AsyncSettings {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeMs: number;
  /** What to do with the record of a final failure. */
  readonly onFailure?: (record: object) => Promise<void>;
}

export interface AsyncLimits extends ThrottleLimits {
  /** The wait before each retry: 1 minute, then 2, on AWS. */
  readonly retryDelaysMs: readonly number[];
}

type Condition = 'RetriesExhausted' | 'EventAgeExceeded';

/** Invokes functions for those who do not wait for the answer. */
export class AsyncInvocations {
  readonly #settings: ReadonlyMap<string, AsyncSettings>;
  readonly #limits: AsyncLimits;
  readonly #emit: Emit;
  readonly #closing = new AbortController();

  constructor(settings: ReadonlyMap<string, AsyncSettings>, limits: AsyncLimits, emit: Emit) {
    this.#settings = settings;
    this.#limits = limits;
    this.#emit = emit;
  }

  /** Accepts an invocation with the JSON `payload`. */
  submit(target: LambdaFunction, payload: string): void {
    this.#emit({ kind: 'event-accepted', functionId: target.id, bytes: Buffer.byteLength(payload) });
    this.#run(target, payload).catch((error) => {
      if (!this.#closing.signal.aborted)
        this.#emit({ kind: 'notice', message: `asynchronous invocation of ${target.id}: ${error}` });
    });
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(target: LambdaFunction, payload: string): Promise<void> {
    const settings = this.#settings.get(target.id) ?? DEFAULTS;
    const requestId = randomUUID();
    const until = Date.now() + settings.maximumEventAgeMs;
    const { signal } = this.#closing;
    let error: FunctionError | undefined;
    for (let attempt = 0; attempt <= settings.maximumRetryAttempts; attempt += 1) {
      if (attempt > 0) await delay(this.#limits.retryDelaysMs[attempt - 1] ?? 0, undefined, { signal });
      const pauseMs = this.#limits.throttlePauseMs;
      const outcome = await insist(target, { event: payload, requestId, startBy: until }, { until, pauseMs, signal });
      if (signal.aborted || (outcome !== 'expired' && 'payload' in outcome)) return;
      if (outcome === 'expired')
        return settings.onFailure?.(record(target, requestId, payload, 'EventAgeExceeded', attempt, error));
      error = outcome.error;
    }
    await settings.onFailure?.(
      record(target, requestId, payload, 'RetriesExhausted', settings.maximumRetryAttempts + 1, error),
    );
  }
}

/** Lambda's own: two retries, six hours. */
const DEFAULTS: AsyncSettings = { maximumRetryAttempts: 2, maximumEventAgeMs: 6 * 3600 * 1000 };

function record(
  target: LambdaFunction,
  requestId: string,
  payload: string,
  condition: Condition,
  invokeCount: number,
  error?: FunctionError,
): object {
  const functionArn = `${target.arn}:$LATEST`;
  const response = error && {
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: error,
  };
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invokeCount },
    requestPayload: JSON.parse(payload),
    ...response,
  };
}

/** What the template's EventInvokeConfigs say, by the logical id of their function. */
export function asyncSettings(stack: Stack, messaging: Messaging): Map<string, AsyncSettings> {
  return new Map(
    stack.ofType('AWS::Lambda::EventInvokeConfig').map((config) => {
      const { FunctionName, MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = config.properties;
      const target = stack.named(FunctionName);
      if (!target)
        throw new LocalCloudError('broken-template', `${config.logicalId}: there is no function ${FunctionName}`);
      const onFailure = failureDestination(config, stack, messaging, DestinationConfig);
      return [
        target.logicalId,
        {
          maximumRetryAttempts: Number(MaximumRetryAttempts ?? DEFAULTS.maximumRetryAttempts),
          maximumEventAgeMs: Number(MaximumEventAgeInSeconds ?? DEFAULTS.maximumEventAgeMs / 1000) * 1000,
          ...(onFailure && { onFailure }),
        },
      ];
    }),
  );
}

function failureDestination(
  config: Resource,
  stack: Stack,
  messaging: Messaging,
  destinations: Json | undefined,
): AsyncSettings['onFailure'] {
  const onFailure = isObject(destinations) ? destinations.OnFailure : undefined;
  if (!isObject(onFailure)) return undefined;
  const destination = stack.named(onFailure.Destination);
  if (destination?.type !== 'AWS::SQS::Queue')
    throw new LocalCloudError(
      'unsupported',
      `${config.logicalId}: the local cloud delivers failures to queues of the stack only, not to ${onFailure.Destination}`,
    );
  return async (failure) =>
    void (await messaging.sqs('SendMessage', { QueueUrl: destination.ref, MessageBody: JSON.stringify(failure) }));
}

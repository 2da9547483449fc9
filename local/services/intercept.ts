/**
 * Lets a test stand between the functions and the services they call. A caller is known by its access key: every environment
 * gets one of its own, as on AWS.
 */

export interface ServiceCall {
  readonly service: 'sqs' | 'sns' | 's3' | 'dynamodb';
  /** The API's own name for it: `SendMessageBatch`, `PublishBatch`, `PutObject`, `UpdateItem`. */
  readonly action: string;
  readonly functionId: string;
  readonly environmentId: string;
  /** What was sent, parsed: SNS speaks forms, SQS and DynamoDB JSON. Of S3, `Bucket` and `Key`. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * - `pass`: nothing happens to the call;
 * - `refuse`: it does nothing and answers 500, which the SDK tries again;
 * - `throttle`: it does nothing and says that there were too many calls, which the SDK tries again, later and later;
 * - `{ failEntries }`: of a batch of SQS or SNS, it does all but the entries at these positions (from 0), and says so inside a
 *   200; other calls pass;
 * - `kill-before`: its environment dies before the service has seen it;
 * - `kill-after`: the service does it, and its environment dies before it hears of that.
 */
export type Verdict = 'pass' | 'refuse' | 'throttle' | 'kill-before' | 'kill-after' | PartialFailure;
export interface PartialFailure {
  readonly failEntries: readonly number[];
}
export type Intercept = (call: ServiceCall) => Verdict;
/** Whether Lambda is to answer the next invocation of a function with 429. */
export type Throttle = (functionId: string) => boolean;

export interface Caller {
  readonly functionId: string;
  readonly environmentId: string;
  kill(): void;
}

/** Who is calling, and what is to happen to the call. */
export class Callers {
  intercept: Intercept | undefined;
  throttle: Throttle | undefined;
  readonly #callers = new Map<string, Caller>();

  add(accessKeyId: string, caller: Caller): void {
    this.#callers.set(accessKeyId, caller);
  }

  remove(accessKeyId: string): void {
    this.#callers.delete(accessKeyId);
  }

  /** Whose environment signed this; undefined if none did. */
  of(authorization: string | undefined): Caller | undefined {
    return this.#callers.get(/Credential=([^/]+)\//.exec(authorization ?? '')?.[1] ?? '');
  }

  /** The verdict on a call, with its caller; `pass` for calls that no function made. */
  judge(authorization: string | undefined, call: Pick<ServiceCall, 'service' | 'action' | 'body'>): [Verdict, Caller?] {
    if (!this.intercept) return ['pass'];
    const caller = this.of(authorization);
    if (!caller) return ['pass'];
    const { functionId, environmentId } = caller;
    return [this.intercept({ ...call, functionId, environmentId }), caller];
  }
}

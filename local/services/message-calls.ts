/** SQS and SNS, a call at a time: refused where AWS would, disturbed as a test wants it, done by the emulator, and counted. */
import { countMessaging, nameIn } from '../billing/messaging.ts';
import type { Meter } from '../billing/meter.ts';
import type { Answer, Emulator, Headers } from './fauxqs.ts';
import type { Callers } from './intercept.ts';
import { type Withheld, withhold } from './partial-failure.ts';
import { type Refusal, refusal } from './strictness.ts';

export interface MessageCall {
  readonly service: 'sqs' | 'sns';
  readonly action: string;
  /** Of SQS what its JSON held, of SNS its form's fields. */
  readonly body: Record<string, unknown>;
}

/** What comes of a call after the emulator has answered it, and the answer that its caller gets. */
export type After = (call: MessageCall, answer: Answer) => Answer;

/** As the services word it in the API reference's common errors, read November 2026. */
const THROTTLED: Readonly<Record<MessageCall['service'], Refusal>> = {
  sqs: { code: 'RequestThrottled', message: 'The request was denied due to request throttling.' },
  sns: { code: 'Throttling', message: 'Rate exceeded' },
};
const REFUSED_BY_TEST: Refusal = { code: 'InternalFailure', message: 'refused by the test', status: 500 };

export class MessageCalls {
  readonly #emulator: Emulator;
  readonly #callers: Callers;
  readonly #meter: Meter;
  readonly #after: After;
  readonly #hidden = new Set<string>();

  constructor(emulator: Emulator, callers: Callers, meter: Meter, after: After) {
    this.#after = after;
    this.#emulator = emulator;
    this.#callers = callers;
    this.#meter = meter;
  }

  /** Makes `queueName` the emulator's own affair, which nobody is billed for. */
  hide(queueName: string): void {
    this.#hidden.add(queueName);
  }

  /** Answers a call that came over the network; with nothing, if nobody is left to hear of it. */
  async serve(call: MessageCall, headers: Headers): Promise<Answer | undefined> {
    const refused = refusal(call.action, call.body);
    if (refused) return this.#counted(call, errorAnswer(call, refused));
    const [verdict, caller] = this.#callers.judge(headers.authorization as string | undefined, call);
    if (verdict === 'refuse') return errorAnswer(call, REFUSED_BY_TEST);
    if (verdict === 'throttle') return errorAnswer(call, THROTTLED[call.service]);
    if (verdict === 'kill-before') {
      caller?.kill();
      return undefined;
    }
    if (typeof verdict === 'object' && call.action.endsWith('Batch'))
      return this.#inPart(call, headers, withhold(call, verdict.failEntries));
    const answer = await this.#do(call, headers);
    if (verdict === 'kill-after') caller?.kill();
    return answer;
  }

  /** A call of the cloud's own. Throws what the emulator answers if it refuses. */
  async own(call: MessageCall, headers: Headers = {}): Promise<Answer['body']> {
    const { status, body } = await this.#do(call, headers);
    if (status >= 300) throw new Error(textOf(body));
    return body;
  }

  async #inPart(call: MessageCall, headers: Headers, withheld: Withheld): Promise<Answer> {
    if (!withheld.some) return { status: 200, headers: contentOf(call), body: withheld.answer() };
    const answer = await this.#do(call, headers);
    return { ...answer, body: withheld.answer(textOf(answer.body)) };
  }

  async #do(call: MessageCall, headers: Headers): Promise<Answer> {
    const answer = await this.#emulator.answer(call.service, call.action, call.body, headers);
    return this.#counted(call, this.#after(call, answer));
  }

  /** Refusals count too: AWS bills whoever asks for what it cannot do. */
  #counted(call: MessageCall, answer: Answer): Answer {
    if (!this.#hidden.has(nameIn(call.body.QueueUrl))) countMessaging(this.#meter, call, answer.body);
    return answer;
  }
}

export const textOf = (body: Answer['body']): string => (typeof body === 'string' ? body : JSON.stringify(body));

function errorAnswer(call: MessageCall, { code, message, status = 400 }: Refusal): Answer {
  if (call.service === 'sqs') {
    const headers = { ...contentOf(call), 'x-amzn-query-error': `${code};Sender` };
    return { status, headers, body: { __type: `com.amazonaws.sqs#${code}`, message } };
  }
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: contentOf(call), body: `<ErrorResponse>${error}</ErrorResponse>` };
}

export const SQS_CONTENT = 'application/x-amz-json-1.0';
export const SNS_CONTENT = 'application/x-www-form-urlencoded';

const contentOf = ({ service }: MessageCall): Record<string, string> => ({
  'content-type': service === 'sqs' ? SQS_CONTENT : 'text/xml',
});

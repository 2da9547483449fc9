/** Takes messages from a queue for as long as it is told to, and lets those come again that were not done. */
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../shared/core/ports/runtime.ts';
import type { Telemetry } from '../shared/core/ports/telemetry.ts';

export interface Polling {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly waitSeconds: number;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly telemetry: Pick<Telemetry, 'warn'>;
  /** Does a batch; those of it that are done. */
  take(messages: readonly Message[]): Promise<readonly Message[]>;
}

/** After a failed call, in ms. */
const PAUSE_MS = 1_000;

/**
 * Polls until `signal`; resolves when the last batch is done. A poll is ended by nothing but its answer, since what came in
 * between would stay hidden from everybody.
 */
export async function poll(polling: Polling, signal: AbortSignal): Promise<void> {
  const { clock, telemetry, queueUrl } = polling;
  while (!signal.aborted) {
    try {
      await takeOnce(polling, polling.waitSeconds);
    } catch (error) {
      telemetry.warn('queue not polled', { queueUrl, error: String(error) });
      await clock.sleep(PAUSE_MS);
    }
  }
}

/** Takes what is there, without waiting, until nothing is. */
export async function drain(polling: Polling): Promise<void> {
  while ((await takeOnce(polling, 0)) > 0);
}

async function takeOnce({ sqs, queueUrl, take }: Polling, WaitTimeSeconds: number): Promise<number> {
  const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds });
  const { Messages = [] } = await sqs.send(receive);
  const done = Messages.length > 0 ? await take(Messages) : [];
  const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  // What is not deleted comes again, and is answered again: it is counted once.
  if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  return Messages.length;
}

/** One queue, as a poller needs it. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

export interface Queue {
  readonly url: string;
  /** Up to `most` messages (10), hidden from then on; waits for the first. */
  receive(most: number): Promise<Message[]>;
  /** Throws if not all of them could be removed. What was not comes again. */
  remove(messages: readonly Message[]): Promise<void>;
  /** Has `messages` shown again after `seconds`. */
  show(messages: readonly Message[], seconds: number): Promise<void>;
  /** Keeps `messages` hidden until it is disposed of; hears what goes wrong. */
  keepHidden(messages: readonly Message[], onError: (error: unknown) => void): Disposable;
}

export interface Hiding {
  readonly waitSeconds: number;
  readonly visibilitySeconds: number;
}

export function createQueue(client: SQSClient, url: string, { waitSeconds, visibilitySeconds }: Hiding): Queue {
  const show = async (messages: readonly Message[], seconds: number): Promise<void> => {
    if (messages.length === 0) return;
    const Entries = handles(messages).map((entry) => ({ ...entry, VisibilityTimeout: seconds }));
    const { Failed } = await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
    refuse(Failed);
  };
  return {
    url,
    async receive(most) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          ...{ QueueUrl: url, MaxNumberOfMessages: most, WaitTimeSeconds: waitSeconds },
          ...{ VisibilityTimeout: visibilitySeconds },
          ...{ MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] },
        }),
      );
      return Messages;
    },
    async remove(messages) {
      if (messages.length === 0) return;
      refuse((await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: handles(messages) }))).Failed);
    },
    show,
    keepHidden(messages, onError) {
      const again = () => void show(messages, visibilitySeconds).catch(onError);
      const timer = setInterval(again, (visibilitySeconds * 1_000) / 3);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
  };
}

const handles = (messages: readonly Message[]) =>
  messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));

function refuse(failed: readonly { readonly Code?: string | undefined }[] = []): void {
  if (failed.length > 0) throw new Error(`SQS refused ${failed.length} messages: ${failed[0]?.Code}`);
}

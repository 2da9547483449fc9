/** A topic and a queue that holds what is published to it: fauxqs on loopback, spoken to through the real SDK. */
import type { AddressInfo } from 'node:net';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';

export interface LocalTopic {
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly topicArn: string;
  readonly queueUrl: string;
  /** Everything that was published, or sent to the queue, since the last call. */
  taken(): Promise<Message[]>;
  close(): Promise<void>;
}

export async function startLocalTopic(): Promise<LocalTopic> {
  const app = buildApp({ logger: false, defaultRegion: 'eu-west-2' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const config = {
    ...{ endpoint: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, region: 'eu-west-2' },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const [sns, sqs] = [new SNSClient(config), new SQSClient(config)];
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'messages' }));
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'tasks' }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const Endpoint = Attributes?.QueueArn;
  await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
  );
  return {
    ...{ sns, sqs, topicArn: TopicArn, queueUrl: QueueUrl },
    taken: () => takeAll(sqs, QueueUrl),
    async close() {
      sns.destroy();
      sqs.destroy();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

async function takeAll(sqs: SQSClient, QueueUrl: string): Promise<Message[]> {
  const all: Message[] = [];
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] });
  for (;;) {
    const { Messages = [] } = await sqs.send(receive);
    if (Messages.length === 0) return all;
    all.push(...Messages);
    await Promise.all(
      Messages.map(({ ReceiptHandle }) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))),
    );
  }
}

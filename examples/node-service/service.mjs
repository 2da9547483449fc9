/**
 * A service that is a leaf, and has none of Fanfold's code: it makes a queue, subscribes it to the tasks of one leaf, and answers
 * them to where each message says. Every instance of it may be started so: they share the queue.
 *
 *   TASKS_TOPIC_ARN=arn:aws:sns:… LEAF=basket.pricing node service.mjs
 */
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

const { TASKS_TOPIC_ARN, LEAF, QUEUE_NAME = 'pricing-service' } = process.env;
if (!TASKS_TOPIC_ARN || !LEAF) throw new Error('TASKS_TOPIC_ARN and LEAF must be set');

/** How long a message that one instance took stays hidden from the others: longer than its tasks take, and well below a deadline. */
const VISIBILITY_SECONDS = 10;

const sqs = new SQSClient();
const sns = new SNSClient();

/** The work: what a quantity of something costs. What cannot be priced is an error of the caller's, and stays one. */
function price({ item, quantity = 1 }) {
  if (typeof item !== 'string') throw Object.assign(new Error('item must be a text'), { retryable: false });
  return { item, total: item.length * quantity, by: process.pid };
}

/** The queue's URL: it is made if it is not there, the topic may send to it, and it gets the tasks of this leaf alone. */
async function subscribe() {
  const Attributes = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: QUEUE_NAME, Attributes }));
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  const { QueueArn } = (await sqs.send(asked)).Attributes;
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: QueueArn,
    Condition: { ArnEquals: { 'aws:SourceArn': TASKS_TOPIC_ARN } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const filtered = { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify({ leaf: [LEAF] }) };
  const subscription = { TopicArn: TASKS_TOPIC_ARN, Protocol: 'sqs', Endpoint: QueueArn, Attributes: filtered };
  await sns.send(new SubscribeCommand(subscription));
  return QueueUrl;
}

/** What is answered to a task envelope: the header as it came, one hop further, and a result for each task. */
function answer({ tasks, attempt, hedge, replyTo: _, ...header }) {
  const results = tasks.map(({ taskIndex, label, ...carried }) => {
    const named = { taskIndex, attempt, ...(hedge && { hedge }), ...(label !== undefined && { label }) };
    const startedAt = Date.now();
    try {
      // A payload that is too large for a message lies in S3, and its claim travels. This service reads none.
      if (!('payload' in carried))
        throw Object.assign(new Error('this service reads no claims'), {
          cause: 'claim-unavailable',
          retryable: false,
        });
      return { ...named, value: price(carried.payload ?? {}), tookMs: Date.now() - startedAt };
    } catch ({ cause = 'leaf-error', message, retryable = true }) {
      return { ...named, error: { cause, message, retryable }, ...(retryable && carried) };
    }
  });
  return { ...header, hops: header.hops + 1, results };
}

/** JSON in the characters that SQS takes: what is beyond them is escaped. */
const wireJson = (value) =>
  JSON.stringify(value).replace(/[\ud800-\udfff\ufffe\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);

async function handle({ Body, ReceiptHandle }, QueueUrl) {
  const envelope = parsed(Body);
  // What is past its deadline is of no use to anybody, and what is no task envelope cannot be answered.
  const inTime = envelope?.v === 1 && Date.now() < envelope.deadlineAt + (envelope.graceMs ?? 0);
  if (inTime && envelope.tasks)
    await sqs.send(new SendMessageCommand({ QueueUrl: envelope.replyTo, MessageBody: wireJson(answer(envelope)) }));
  // Only now: if we die before, the message comes again, to us or to another instance, and being asked twice is normal.
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    stopping = true;
  });

const QueueUrl = await subscribe();
console.log(`ready: ${LEAF} from ${QueueUrl}`);
// A poll is ended by nothing but its answer: messages that came in between would stay hidden, and wait.
while (!stopping) {
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 });
  const { Messages = [] } = await sqs.send(receive);
  await Promise.all(Messages.map((each) => handle(each, QueueUrl).catch(({ message }) => console.error(message))));
}

/**
 * What SQS hands out, as Lambda hands it to a function (Lambda developer guide, "Using Lambda with Amazon SQS", 2026-11), so
 * that the functions' own handlers take it.
 */
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSMessageAttribute, SQSRecord } from 'aws-lambda';

/** The queue behind a URL such as `https://sqs.eu-west-2.amazonaws.com/123456789012/name`. */
export function queueArn(queueUrl: string, region: string): string {
  const [account = '', name = ''] = new URL(queueUrl).pathname.split('/').slice(-2);
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

export const sqsEvent = (messages: readonly Message[], queueUrl: string, region: string): SQSEvent => ({
  Records: messages.map((message) => record(message, queueArn(queueUrl, region), region)),
});

function record(message: Message, eventSourceARN: string, awsRegion: string): SQSRecord {
  const { MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {} } = message;
  return {
    ...{ messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, md5OfBody: MD5OfBody },
    attributes: Attributes as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, attribute(value)]),
    ),
    ...{ eventSource: 'aws:sqs', eventSourceARN, awsRegion },
  };
}

const attribute = ({ DataType = '', StringValue, BinaryValue }: MessageAttributeValue): SQSMessageAttribute => ({
  ...(StringValue === undefined ? {} : { stringValue: StringValue }),
  ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
  ...{ stringListValues: [], binaryListValues: [] as never[], dataType: DataType },
});

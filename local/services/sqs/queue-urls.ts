import type { Answer } from '../fauxqs.ts';

const HOST = /^http:\/\/sqs\.[\w-]+\.localhost(:\d+)?/;

/** An answer whose URLs of queues lead here: fauxqs gives them the name that a region's SQS has, which no laptop can look up. */
export function withOurUrls({ body, ...answer }: Answer, endpoint: string): Answer {
  if (typeof body === 'string') return { ...answer, body };
  const ours = (url: string): string => url.replace(HOST, endpoint);
  const { QueueUrl, QueueUrls } = body as { QueueUrl?: string; QueueUrls?: readonly string[] };
  return {
    ...answer,
    body: {
      ...body,
      ...(QueueUrl === undefined ? {} : { QueueUrl: ours(QueueUrl) }),
      ...(QueueUrls === undefined ? {} : { QueueUrls: QueueUrls.map(ours) }),
    },
  };
}

/** A leaf that is posted to, and answers over HTTP to what stands here for the API. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Answer, LeafUnderTest } from './leaf.ts';
import { notification, TOPIC_ARN } from './notification.ts';

export interface HttpLeafOptions {
  /** Whether messages come as they are, as with raw delivery. */
  readonly raw: boolean;
  /** Where the leaf finds the API; 0 picks a free port. */
  readonly port: number;
}

export interface HttpLeaf extends LeafUnderTest {
  /** What the leaf has to be told as the URL of the API. */
  readonly apiUrl: string;
}

/** The leaf at `url`. */
export async function httpLeaf(url: string, { raw, port }: HttpLeafOptions): Promise<HttpLeaf> {
  const answers: Answer[] = [];
  let arrived = (): void => undefined;
  const server = createServer(async (request, response) => {
    answers.push({ body: await text(request), over: callOf(request) });
    response.writeHead(202, { 'content-type': 'application/json' }).end('{}');
    arrived();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    replyTo: 'https://sqs.us-east-1.amazonaws.com/000000000000/not-for-you',
    send: (body) => post(url, body, raw),
    async receive(ms) {
      if (answers.length === 0) await waitFor(ms, (resolve) => (arrived = resolve));
      return answers.splice(0);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const callOf = ({ url = '', headers: { authorization } }: IncomingMessage): NonNullable<Answer['over']> => ({
  path: url,
  token: /^Bearer (.+)$/.exec(authorization ?? '')?.[1],
});

/** What the leaf answers to the post itself is between it and SNS. */
async function post(url: string, body: string, raw: boolean): Promise<void> {
  const message = notification(body);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': message.MessageId,
      'x-amz-sns-topic-arn': TOPIC_ARN,
      'x-amz-sns-subscription-arn': `${TOPIC_ARN}:check`,
      ...(raw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
    },
    body: raw ? body : JSON.stringify(message),
  }).catch((cause) => {
    throw new Error(`${url} cannot be reached: ${cause.cause?.message ?? cause.message}`, { cause });
  });
  await response.arrayBuffer();
}

async function waitFor(ms: number, register: (resolve: () => void) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    register(resolve);
  });
  clearTimeout(timer);
}

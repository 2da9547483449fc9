/** What a call of SQS, SNS or S3 counts for. */
import type { Meter } from './meter.ts';
import { messagingUnits } from './units.ts';

export interface MessagingCall {
  readonly service: 'sqs' | 'sns';
  readonly action: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The names of attributes are part of a message, as are their types and values. */
const SNS_PAYLOAD = /(^|\.)(Message|Subject|MessageAttributes\..+)$/;
const DEPLOYMENT = /^(Create|Delete(Queue|Topic)|Subscribe|Unsubscribe|Tag|Untag|Set)/;

/** Counts a call that was served, or refused as the caller's fault; `answer` is what the caller gets: of SQS an object. */
export function countMessaging(meter: Meter, { service, action, body }: MessagingCall, answer: object | string): void {
  if (DEPLOYMENT.test(action)) return;
  if (service === 'sns')
    meter.add('sns-requests', `${action} ${nameIn(body.TopicArn)}`, messagingUnits(snsBytes(body)));
  else if (action === 'ReceiveMessage') countReceive(meter, nameIn(body.QueueUrl), answer as Received);
  else meter.add('sqs-requests', `${action} ${nameIn(body.QueueUrl)}`, messagingUnits(sentBytes(body)));
}

interface Received {
  readonly Messages?: unknown;
}

function countReceive(meter: Meter, queue: string, { Messages }: Received): void {
  const messages = asList(Messages);
  const item = messages.length > 0 ? 'sqs-requests' : 'sqs-empty-receives';
  meter.add(item, `ReceiveMessage ${queue}`, messagingUnits(sum(messages.map(messageBytes))));
}

/** A topic's or queue's name, of its ARN or URL. */
export const nameIn = (arnOrUrl: unknown): string => String(arnOrUrl).split(/[/:]/).at(-1) ?? '';

function snsBytes(body: MessagingCall['body']): number {
  return sum(Object.entries(body).map(([key, value]) => (SNS_PAYLOAD.test(key) ? byteLength(value) : 0)));
}

function sentBytes(body: MessagingCall['body']): number {
  const entries = asList(body.Entries);
  return entries.length > 0 ? sum(entries.map(messageBytes)) : messageBytes(body);
}

/** A message as it is sent (`MessageBody`) or received (`Body`): its text, and its attributes' names, types and values. */
function messageBytes({ MessageBody, Body, MessageAttributes }: MessagingCall['body']): number {
  const attributes = Object.entries((MessageAttributes ?? {}) as Record<string, Record<string, unknown>>);
  const bytes = attributes.map(([name, { DataType, StringValue, BinaryValue }]) =>
    sum([name, DataType, StringValue, BinaryValue].map(byteLength)),
  );
  return sum([byteLength(MessageBody ?? Body), ...bytes]);
}

const byteLength = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(String(value)));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
const asList = (value: unknown): MessagingCall['body'][] => (Array.isArray(value) ? value : []);

/** Counts a call of S3 by its method, as S3's request classes do: listing is a GET of a bucket, deleting is free. */
export function countS3(meter: Meter, method: string, url: string): void {
  const [path = '', query = ''] = url.split('?');
  const [bucket = '', key = ''] = path.slice(1).split(/\/(.*)/s);
  const lists = method === 'GET' && (key === '' || /(^|&)(uploads|versions)\b/.test(query));
  const deploys = method === 'PUT' && key === '';
  if (deploys || method === 'DELETE' || method === 'OPTIONS') return;
  const isWrite = lists || method === 'PUT' || method === 'POST';
  meter.add(isWrite ? 's3-writes' : 's3-reads', `${lists ? 'LIST' : method} ${bucket}`, 1);
}

/**
 * The port `InstanceQueues` on SQS. An address is an instance's own word, so nothing of it is used but the name of a queue: that is
 * looked for in our own account and region, and has to be called and tagged as that instance of the stack. IAM allows no other stack's.
 */
import {
  ListQueueTagsCommand,
  QueueDoesNotExist,
  SendMessageCommand,
  type SQSClient,
  SQSServiceException,
} from '@aws-sdk/client-sqs';
import { wireJson } from '../core/json.ts';
import type { Clock } from '../core/ports/runtime.ts';
import type { AddressedInstance, InstanceQueues } from '../core/roll-call/ports.ts';

export interface InstanceQueuesOptions {
  /** A queue of ours: the instances' are beside it. */
  readonly besideQueueUrl: string;
  readonly stackName: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** How long a queue that was an instance's is taken to be its still, in ms. */
const CHECKED_MS = 300_000;

/** Queues that are remembered: instances come and go for as long as a process lives. */
const CHECKED = 10_000;

export function createInstanceQueues(
  client: SQSClient,
  { besideQueueUrl, stackName, clock }: InstanceQueuesOptions,
): InstanceQueues {
  const checked = new Map<string, { readonly owner: string; readonly at: number }>();
  const isOf = async (QueueUrl: string, { service, instanceId }: AddressedInstance): Promise<boolean> => {
    const wanted = ownerText(stackName, service, instanceId);
    const known = checked.get(QueueUrl);
    if (known?.owner === wanted && clock.now() - known.at < CHECKED_MS) return true;
    const { Tags = {} } = await client.send(new ListQueueTagsCommand({ QueueUrl }));
    const owner = ownerText(Tags['fanfold:stack'], Tags['fanfold:service'], Tags['fanfold:instance']);
    if (owner !== wanted) return false;
    if (checked.size >= CHECKED) checked.clear();
    checked.set(QueueUrl, { owner, at: clock.now() });
    return true;
  };
  return {
    async send(instance, envelope) {
      const QueueUrl = queueBeside(besideQueueUrl, instance.address, `${stackName}-instance-`);
      if (!QueueUrl) return 'foreign';
      try {
        if (!(await isOf(QueueUrl, instance))) return 'foreign';
        const stamped = { ...envelope, publishedAt: clock.now() };
        await client.send(new SendMessageCommand({ QueueUrl, MessageBody: wireJson(stamped) }));
        return 'sent';
      } catch (error) {
        if (!isMissing(error) && !isRefused(error)) throw error;
        checked.delete(QueueUrl);
        return isRefused(error) ? 'foreign' : 'gone';
      }
    },
  };
}

/** None of a tag's characters is a line's end. */
const ownerText = (...names: readonly (string | undefined)[]): string => names.map((name) => name ?? '').join('\n');

/** `https://sqs.<region>.amazonaws.com/<account>/<name>` (SQS developer guide, "Queue and message identifiers", 2026-11). */
function queueBeside(ours: string, address: string, prefix: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const [, account, name, ...rest] = new URL(address).pathname.split('/');
  const url = new URL(ours);
  const isBeside = account === url.pathname.split('/')[1] && rest.length === 0;
  if (!isBeside || !name?.startsWith(prefix) || !QUEUE_NAME.test(name)) return undefined;
  url.pathname = `/${account}/${name}`;
  return url.href;
}

const QUEUE_NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** The newer and the older name of the same (SQS API reference, "Common errors", 2026-11). */
const isMissing = (error: unknown): boolean =>
  error instanceof QueueDoesNotExist ||
  (error instanceof SQSServiceException && error.name.endsWith('NonExistentQueue'));

/**
 * What is said of a queue that is not tagged as the stack's (IAM), has a key that we may not use, or takes only smaller messages (SQS API
 * reference, SendMessage, 2026-11): its owner's doing, and no other try would change it. A key's throttling would pass.
 */
const isRefused = (error: unknown): boolean =>
  error instanceof SQSServiceException &&
  (/^(AccessDenied|InvalidParameterValue)(Exception)?$/.test(error.name) || /^kms(?!throttled)/i.test(error.name));

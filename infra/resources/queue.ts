import { Duration } from 'aws-cdk-lib';
import { type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Grantee } from './grantee.ts';

/** SQS keeps a message 14 days at most (SQS developer guide, Quotas, 2026-11). */
const LONGEST_RETENTION = Duration.days(14);
/** SQS's largest message, 1 MiB (SQS developer guide, Quotas, 2026-11). */
const LARGEST_MESSAGE_BYTES = 1024 * 1024;

export interface HardenedQueueProps {
  /** The timeout of the function that consumes the queue. A queue nobody consumes has none. */
  readonly consumerTimeout?: Duration;
  /** How long a message is hidden from others once it is received; it follows from the consumer's timeout unless said otherwise. */
  readonly visibility?: Duration;
  /** Where a message goes that its consumer keeps failing on. */
  readonly deadLetters?: DeadLetterQueue;
}

/**
 * A queue encrypted by SQS itself, which refuses plain HTTP. SQS-managed keys, since SNS and Lambda's pollers need no
 * grant on them. It keeps messages
 * as long as SQS can: a deadline may be seven days off, and a dead letter keeps the age it had.
 */
export class HardenedQueue extends Queue {
  constructor(scope: Construct, id: string, { consumerTimeout, visibility, deadLetters }: HardenedQueueProps = {}) {
    super(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      maxMessageSizeBytes: LARGEST_MESSAGE_BYTES,
      retentionPeriod: LONGEST_RETENTION,
      visibilityTimeout: visibility ?? (consumerTimeout && visibilityFor(consumerTimeout)),
      deadLetterQueue: deadLetters,
    });
  }

  /** Lets `sender` put messages into the queue. */
  permitSend(sender: Grantee): void {
    sender.permit(['sqs:SendMessage'], this.queueArn);
  }

  /** Lets `consumer` receive messages, delete them, and hide them for longer or shorter, as a poller of its own does. */
  permitPoll(consumer: Grantee): void {
    consumer.permit(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'], this.queueArn);
  }
}

/**
 * Six times the consumer's timeout, so that Lambda can retry a throttled batch before its messages show again
 * (Lambda developer guide, "Configuring a queue to use with Lambda", 2026-11). Our mappings have no batching window,
 * which would be added.
 */
function visibilityFor(timeout: Duration): Duration {
  return Duration.seconds(6 * timeout.toSeconds());
}

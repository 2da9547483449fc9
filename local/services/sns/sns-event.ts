import type { Resource } from '../../template/stack.ts';

interface Notification {
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Subject?: string;
  readonly Message: string;
  readonly Timestamp: string;
  readonly SignatureVersion: string;
  readonly Signature: string;
  readonly SigningCertURL: string;
  readonly UnsubscribeURL: string;
  readonly MessageAttributes?: object;
}

/** A notification as a function gets it, always one: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html (read November 2026) */
export function snsEvent(body: string, subscription: Resource): object {
  const notification: Notification = JSON.parse(body);
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: `${subscription.properties.TopicArn}:${subscription.logicalId}`,
        Sns: {
          Type: 'Notification',
          MessageId: notification.MessageId,
          TopicArn: notification.TopicArn,
          Subject: notification.Subject ?? null,
          Message: notification.Message,
          Timestamp: notification.Timestamp,
          SignatureVersion: notification.SignatureVersion,
          Signature: notification.Signature,
          SigningCertUrl: notification.SigningCertURL,
          UnsubscribeUrl: notification.UnsubscribeURL,
          MessageAttributes: notification.MessageAttributes ?? {},
        },
      },
    ],
  };
}

import { Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

/**
 * Sends alarms to an e-mail address, which has to confirm once. Not encrypted with a key in KMS: CloudWatch cannot use
 * SNS's own key, and an alarm holds no data of a request.
 */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, email: string) {
    super(scope, id, { enforceSSL: true });
    // A policy of our own replaces SNS's default one, which is what lets CloudWatch publish otherwise.
    const ourAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions: ourAccount }));
    this.addSubscription(new EmailSubscription(email));
  }
}

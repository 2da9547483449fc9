import { type CfnTopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Grantee } from './grantee.ts';

/**
 * A topic that our functions publish to. It is encrypted with SNS's own key in KMS: that key's policy lets every
 * principal of the account use it through SNS, so publishers need no grant, and SNS decrypts before it delivers.
 * (CloudWatch may not use that key, hence a topic of another kind for alarms.)
 */
export class HardenedTopic extends Topic {
  constructor(scope: Construct, id: string) {
    super(scope, id, { enforceSSL: true });
    // The key is named by its alias alone, as SNS documents it; CDK's property would want a key it can grant on.
    (this.node.defaultChild as CfnTopic).kmsMasterKeyId = 'alias/aws/sns';
  }

  /** Lets `publisher` publish to it. */
  permitPublish(publisher: Grantee): void {
    publisher.permit(['sns:Publish'], this.topicArn);
  }
}

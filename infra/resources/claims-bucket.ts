import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { CLAIM_DAYS } from '../../shared/core/limits.ts';
import { acceptFinding } from './findings.ts';
import type { Grantee } from './grantee.ts';

/**
 * What is too large for messages and items. It is encrypted by S3 itself, refuses plain HTTP and the public, keeps one
 * version, and forgets: each lifetime class is a prefix with a rule of its own, so nobody needs leave to delete.
 *
 * It goes with the stack once it is empty. CloudFormation does not delete a bucket that holds objects, and CDK's remedy
 * is one more function, with leave to delete everything: so `cdk destroy` fails at a bucket that still holds claims, all
 * else being gone, and succeeds when repeated after `aws s3 rm --recursive`, or after the days the claims had left.
 */
export class ClaimsBucket extends Bucket {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [
        ...CLAIM_DAYS.map((days) => ({ id: `${days}d`, prefix: `${days}d/`, expiration: Duration.days(days) })),
        { id: 'incomplete', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acceptFinding(this, 'AwsSolutions-S1', NOT_LOGGED);
  }

  /**
   * Lets `user` read claims and keep them. It may neither list nor delete: a key holds a request's unguessable id and a
   * hash, so whoever cannot list finds nothing but what they were told of.
   */
  permitClaims(user: Grantee): void {
    user.permit(['s3:GetObject', 's3:PutObject'], this.arnForObjects('*'));
    const bucketId = Stack.of(this).getLogicalId(this.node.defaultChild as CfnBucket);
    acceptFinding(user, `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/*]`, ANY_KEY);
  }
}

const NOT_LOGGED =
  'Access logs would be objects of their own, a line for each task of some requests, in another bucket that is to be ' +
  'kept and paid for. The functions log each request, and data events of CloudTrail can be turned on where they are needed.';

const ANY_KEY =
  'The objects of requests to come have no names yet: keys are made of a request id and a hash. The bucket holds ' +
  'nothing but claims, and the statement allows neither listing nor deleting.';

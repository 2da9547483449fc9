import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { ClaimsBucket } from '../../infra/resources/claims-bucket.ts';
import { HardenedFunction } from '../../infra/resources/function.ts';
import { JOBS, toyApp, toyBundles } from './support.ts';

const stack = new Stack(toyApp(), 'Claims');
const bucket = new ClaimsBucket(stack, 'Bucket');
const user = new HardenedFunction(stack, 'User', {
  settings: { bundles: toyBundles(JOBS), serviceName: 'claims', logRetention: RetentionDays.ONE_DAY },
  ...{ bundle: 'status', description: 'reads', timeout: Duration.seconds(3), memoryMb: 128 },
  ...{ environment: {}, loops: false },
});
bucket.permitClaims(user);
const template = Template.fromStack(stack);

describe('the bucket of claims', () => {
  it('is encrypted, private, of one version, and goes with the stack', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Delete',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          ...{ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        },
        VersioningConfiguration: Match.absent(),
      },
    });
    template.resourceCountIs('AWS::Lambda::Function', 1);
  });

  it('refuses plain HTTP', () => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
      },
    });
  });

  it('forgets each lifetime class in its time, and what was never finished', () => {
    const [{ Properties }] = Object.values(template.findResources('AWS::S3::Bucket')) as [
      { Properties: { LifecycleConfiguration: { Rules: Record<string, unknown>[] } } },
    ];
    expect(Properties.LifecycleConfiguration.Rules).toEqual([
      ...[1, 2, 4, 8, 16, 32, 64].map((days) => ({
        ...{ Id: `${days}d`, Prefix: `${days}d/`, ExpirationInDays: days, Status: 'Enabled' },
      })),
      { Id: 'incomplete', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' },
    ]);
  });

  it('lets a function get and put objects, and nothing else', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            ...{ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'] },
            Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Bucket'), 'Arn'] }, '/*']] },
          },
        ]),
      },
    });
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toMatch(/s3:(\*|List|Delete)/);
  });

  it('leaves cdk-nag nothing to find', () => {
    const { violations } = new AwsSolutionsChecks().validateScope(stack);
    expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
  });
});

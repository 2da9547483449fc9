/**
 * The list of what the local cloud emulates of CloudFormation, with the properties it ignores and why. Rooms under `services/` do
 * what is emulated; values they cannot honour (another protocol, another runtime) they refuse themselves.
 */
import { NOT_AUTHORIZED, NOT_WATCHED } from './ignored-types.ts';
import type { Support, TypeSupport } from './support.ts';

const ENCRYPTION: Support = {
  ignored: 'encryption at rest changes nothing that a caller can see; here everything is in memory',
};
const TAGS: Support = { ignored: 'tags only label resources' };
const DESCRIPTION: Support = { ignored: 'for people' };
const ARCHIVE: Support = { ignored: 'nothing outlives the process here' };

const TABLE_PROPERTIES: Readonly<Record<string, Support>> = {
  TableName: 'emulated',
  AttributeDefinitions: { within: { AttributeName: 'emulated', AttributeType: 'emulated' } },
  KeySchema: { within: { AttributeName: 'emulated', KeyType: 'emulated' } },
  BillingMode: 'emulated',
  TimeToLiveSpecification: {
    ignored: 'AWS takes days to remove what has expired, so readers filter on it; here it stays',
  },
  PointInTimeRecoverySpecification: ARCHIVE,
  DeletionProtectionEnabled: ARCHIVE,
  SSESpecification: ENCRYPTION,
  Tags: TAGS,
};

export const EMULATED_TYPES: Readonly<Record<string, TypeSupport>> = {
  'AWS::SQS::Queue': {
    properties: {
      QueueName: 'emulated',
      VisibilityTimeout: 'emulated',
      DelaySeconds: 'emulated',
      MaximumMessageSize: 'emulated',
      ReceiveMessageWaitTimeSeconds: 'emulated',
      RedrivePolicy: { within: { deadLetterTargetArn: 'emulated', maxReceiveCount: 'emulated' } },
      RedriveAllowPolicy: { ignored: NOT_AUTHORIZED },
      MessageRetentionPeriod: { ignored: 'at least a minute, mostly days: longer than a local cloud is left waiting' },
      SqsManagedSseEnabled: ENCRYPTION,
      KmsMasterKeyId: ENCRYPTION,
      KmsDataKeyReusePeriodSeconds: ENCRYPTION,
      Tags: TAGS,
    },
  },
  'AWS::SNS::Topic': {
    properties: {
      TopicName: 'emulated',
      DisplayName: DESCRIPTION,
      KmsMasterKeyId: ENCRYPTION,
      TracingConfig: { ignored: 'X-Ray is not emulated' },
      Tags: TAGS,
    },
  },
  'AWS::SNS::Subscription': {
    properties: {
      TopicArn: 'emulated',
      Protocol: 'emulated',
      Endpoint: 'emulated',
      RawMessageDelivery: 'emulated',
      FilterPolicy: 'emulated',
      FilterPolicyScope: 'emulated',
      RedrivePolicy: { ignored: 'SNS always reaches a local queue or function, so nothing becomes undeliverable' },
    },
  },
  'AWS::S3::Bucket': {
    properties: {
      BucketName: 'emulated',
      BucketEncryption: ENCRYPTION,
      LifecycleConfiguration: { ignored: 'rules count days: longer than a local cloud is left running' },
      PublicAccessBlockConfiguration: { ignored: 'nothing is public here either: a call is signed, or refused' },
      OwnershipControls: { ignored: NOT_AUTHORIZED },
      Tags: TAGS,
    },
  },
  'AWS::DynamoDB::Table': { properties: TABLE_PROPERTIES },
  'AWS::DynamoDB::GlobalTable': {
    properties: {
      ...TABLE_PROPERTIES,
      Replicas: { ignored: 'one region; what is set per replica (recovery, protection, tags) is ignored above too' },
    },
  },
  'AWS::Lambda::Function': {
    properties: {
      FunctionName: 'emulated',
      Code: { within: { S3Bucket: { ignored: 'code is read from the assembly' }, S3Key: 'emulated' } },
      Handler: 'emulated',
      Runtime: 'emulated',
      MemorySize: 'emulated',
      Timeout: 'emulated',
      Environment: { within: { Variables: 'emulated' } },
      ReservedConcurrentExecutions: 'emulated',
      Architectures: { ignored: "JavaScript runs on this machine's own" },
      Role: { ignored: NOT_AUTHORIZED },
      RecursiveLoop: { ignored: 'nothing stops a loop here, as with Allow' },
      TracingConfig: { ignored: 'X-Ray is not emulated; functions get a trace header' },
      LoggingConfig: { ignored: 'lines reach the terminal as they were written' },
      KmsKeyArn: ENCRYPTION,
      Description: DESCRIPTION,
      Tags: TAGS,
    },
  },
  'AWS::Lambda::EventInvokeConfig': {
    properties: {
      FunctionName: 'emulated',
      Qualifier: 'emulated',
      MaximumEventAgeInSeconds: 'emulated',
      MaximumRetryAttempts: 'emulated',
      DestinationConfig: { within: { OnFailure: { within: { Destination: 'emulated' } } } },
    },
  },
  'AWS::Lambda::EventSourceMapping': {
    properties: {
      EventSourceArn: 'emulated',
      FunctionName: 'emulated',
      BatchSize: 'emulated',
      MaximumBatchingWindowInSeconds: 'emulated',
      FunctionResponseTypes: 'emulated',
      ScalingConfig: { within: { MaximumConcurrency: 'emulated' } },
      Enabled: 'emulated',
      MetricsConfig: { ignored: NOT_WATCHED },
      Tags: TAGS,
    },
  },
  'AWS::ApiGatewayV2::Api': {
    properties: {
      ProtocolType: 'emulated',
      Name: DESCRIPTION,
      Description: DESCRIPTION,
      DisableExecuteApiEndpoint: { ignored: 'there is no other way in' },
      Tags: TAGS,
    },
  },
  'AWS::ApiGatewayV2::Stage': {
    properties: {
      ApiId: 'emulated',
      StageName: 'emulated',
      AutoDeploy: { ignored: 'what the template says is what is served' },
      AccessLogSettings: { ignored: NOT_WATCHED },
      DefaultRouteSettings: { ignored: 'one caller on a laptop is not throttled' },
      Description: DESCRIPTION,
      Tags: TAGS,
    },
  },
  'AWS::ApiGatewayV2::Route': {
    properties: {
      ApiId: 'emulated',
      RouteKey: 'emulated',
      Target: 'emulated',
      AuthorizationType: 'emulated',
      AuthorizerId: 'emulated',
      AuthorizationScopes: { ignored: NOT_AUTHORIZED },
    },
  },
  'AWS::ApiGatewayV2::Integration': {
    properties: {
      ApiId: 'emulated',
      IntegrationType: 'emulated',
      IntegrationUri: 'emulated',
      PayloadFormatVersion: 'emulated',
      TimeoutInMillis: 'emulated',
      IntegrationMethod: { ignored: 'Lambda is always called by POST' },
      Description: DESCRIPTION,
    },
  },
  'AWS::ApiGatewayV2::Authorizer': {
    properties: {
      ApiId: 'emulated',
      AuthorizerType: 'emulated',
      JwtConfiguration: { within: { Issuer: 'emulated', Audience: { ignored: NOT_AUTHORIZED } } },
      IdentitySource: { ignored: NOT_AUTHORIZED },
      Name: DESCRIPTION,
    },
  },
};

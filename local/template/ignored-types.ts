/** The list of the types that the local cloud ignores as a whole, and why. Their properties are listed so that a typo is found here too. */
import type { TypeSupport } from './support.ts';

export const NOT_AUTHORIZED = 'no call is authorized here: there are no other accounts, and all is on loopback';
export const NOT_WATCHED = 'CloudWatch is not emulated: logs go to the terminal, nothing is measured';

export const IGNORED_TYPES: Readonly<Record<string, TypeSupport>> = {
  'AWS::SQS::QueuePolicy': { ignored: NOT_AUTHORIZED, properties: ['PolicyDocument', 'Queues'] },
  'AWS::S3::BucketPolicy': { ignored: NOT_AUTHORIZED, properties: ['Bucket', 'PolicyDocument'] },
  'AWS::SNS::TopicPolicy': { ignored: NOT_AUTHORIZED, properties: ['PolicyDocument', 'Topics'] },
  'AWS::Lambda::Permission': {
    ignored: NOT_AUTHORIZED,
    properties: ['Action', 'FunctionName', 'Principal', 'SourceArn', 'SourceAccount', 'EventSourceToken'],
  },
  'AWS::IAM::Role': {
    ignored: NOT_AUTHORIZED,
    properties: [
      'AssumeRolePolicyDocument',
      'ManagedPolicyArns',
      'Policies',
      'Description',
      'MaxSessionDuration',
      'Path',
      'PermissionsBoundary',
      'RoleName',
      'Tags',
    ],
  },
  'AWS::IAM::Policy': {
    ignored: NOT_AUTHORIZED,
    properties: ['PolicyDocument', 'PolicyName', 'Roles', 'Groups', 'Users'],
  },
  'AWS::IAM::ManagedPolicy': {
    ignored: NOT_AUTHORIZED,
    properties: ['PolicyDocument', 'Description', 'ManagedPolicyName', 'Path', 'Roles', 'Groups', 'Users', 'Tags'],
  },
  'AWS::Logs::LogGroup': {
    ignored: NOT_WATCHED,
    properties: [
      'LogGroupName',
      'RetentionInDays',
      'KmsKeyId',
      'LogGroupClass',
      'DeletionProtectionEnabled',
      'DataProtectionPolicy',
      'ResourcePolicyDocument',
      'Tags',
    ],
  },
  'AWS::Logs::MetricFilter': {
    ignored: NOT_WATCHED,
    properties: [
      'ApplyOnTransformedLogs',
      'EmitSystemFieldDimensions',
      'FieldSelectionCriteria',
      'FilterName',
      'FilterPattern',
      'LogGroupName',
      'MetricTransformations',
    ],
  },
  'AWS::Logs::ResourcePolicy': { ignored: NOT_AUTHORIZED, properties: ['PolicyName', 'PolicyDocument'] },
  'AWS::CloudWatch::Alarm': {
    ignored: NOT_WATCHED,
    properties: [
      'ActionsEnabled',
      'AlarmActions',
      'AlarmDescription',
      'AlarmName',
      'ComparisonOperator',
      'DatapointsToAlarm',
      'Dimensions',
      'EvaluateLowSampleCountPercentile',
      'EvaluationPeriods',
      'ExtendedStatistic',
      'InsufficientDataActions',
      'MetricName',
      'Metrics',
      'Namespace',
      'OKActions',
      'Period',
      'Statistic',
      'Tags',
      'Threshold',
      'ThresholdMetricId',
      'TreatMissingData',
      'Unit',
    ],
  },
  'AWS::CloudWatch::CompositeAlarm': {
    ignored: NOT_WATCHED,
    properties: [
      'ActionsEnabled',
      'AlarmActions',
      'AlarmDescription',
      'AlarmName',
      'AlarmRule',
      'InsufficientDataActions',
      'OKActions',
      'Tags',
    ],
  },
  'AWS::CloudWatch::Dashboard': { ignored: NOT_WATCHED, properties: ['DashboardBody', 'DashboardName'] },
  'AWS::CDK::Metadata': { ignored: "CDK's own statistics", properties: ['Analytics'] },
};

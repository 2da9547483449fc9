/**
 * What `Ref` and `Fn::GetAtt` yield for each type of resource. The account is the emulators' own; names are made from the stack's
 * and the logical id, as CloudFormation does it, unless the template gives one.
 */
import type { JsonObject } from './json.ts';

export const ACCOUNT = '000000000000';

/** Where the services listen: part of what resources are called (a queue's URL, the API's endpoint). */
export interface Endpoints {
  readonly messaging: string;
  readonly dynamodb: string;
  readonly api: string;
}

export interface Naming {
  readonly stackName: string;
  readonly region: string;
  readonly endpoints: Endpoints;
}

export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Identify = (name: string, naming: Naming) => Identity;

const IDENTITIES: Readonly<Record<string, Identify>> = {
  'AWS::SQS::Queue': (name, { region, endpoints }) => {
    const url = `${endpoints.messaging}/${ACCOUNT}/${name}`;
    return { ref: url, attributes: { Arn: arn('sqs', region, name), QueueName: name, QueueUrl: url } };
  },
  'AWS::SNS::Topic': (name, { region }) => {
    const topicArn = arn('sns', region, name);
    return { ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } };
  },
  'AWS::S3::Bucket': (name, { region }) => {
    const bucket = bucketName(name);
    const domain = {
      DomainName: `${bucket}.s3.amazonaws.com`,
      RegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
    };
    return { ref: bucket, attributes: { Arn: `arn:aws:s3:::${bucket}`, ...domain } };
  },
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::Lambda::Function': (name, { region }) => ({
    ref: name,
    attributes: { Arn: arn('lambda', region, `function:${name}`) },
  }),
  'AWS::ApiGatewayV2::Api': (_, { endpoints }) => ({
    ref: 'local',
    attributes: { ApiId: 'local', ApiEndpoint: endpoints.api },
  }),
  'AWS::ApiGatewayV2::Stage': () => ({ ref: '$default', attributes: {} }),
  'AWS::IAM::Role': (name) => ({
    ref: name,
    attributes: { Arn: `arn:aws:iam::${ACCOUNT}:role/${name}`, RoleId: name },
  }),
  'AWS::Logs::LogGroup': (name, { region }) => ({
    ref: name,
    attributes: { Arn: `${arn('logs', region, `log-group:${name}`)}:*` },
  }),
};

const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
};

/** CloudFormation cuts generated names to what the service takes; 64 characters is Lambda's limit and the smallest of them. */
const LONGEST_NAME = 64;

/** The name, `Ref` and attributes of the resource `logicalId`. Types nobody refers to locally get a name and no attributes. */
export function identify(logicalId: string, type: string, properties: JsonObject, naming: Naming): Identity {
  const given = properties[NAME_PROPERTIES[type] ?? ''];
  const name = typeof given === 'string' ? given : generatedName(naming.stackName, logicalId);
  return (
    IDENTITIES[type]?.(name, naming) ?? { ref: type.startsWith('AWS::ApiGatewayV2') ? logicalId : name, attributes: {} }
  );
}

function generatedName(stackName: string, logicalId: string): string {
  return `${stackName.slice(0, LONGEST_NAME - logicalId.length - 1)}-${logicalId}`
    .slice(-LONGEST_NAME)
    .replace(/^-/, '');
}

/** Bucket names are part of host names: small letters, and 63 of them at most. */
const bucketName = (name: string): string =>
  name
    .toLowerCase()
    .slice(-63)
    .replace(/^[^a-z0-9]+/, '');

function table(name: string, { region }: Naming): Identity {
  return { ref: name, attributes: { Arn: arn('dynamodb', region, `table/${name}`), TableId: name } };
}

export function arn(service: string, region: string, resource: string): string {
  return `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
}

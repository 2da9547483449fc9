/** Writes cloud assemblies for tests, in the form that CDK 2.276 gives them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const BUNDLES = ['chameleon', 'broken', 'silent'];

export interface Declaration {
  readonly Type: string;
  readonly Properties?: object;
  readonly [attribute: string]: unknown;
}

export interface TemplateBody {
  readonly Resources: Readonly<Record<string, Declaration>>;
  readonly Conditions?: object;
  readonly Parameters?: object;
}

/** The folder of a new assembly with one stack called `Test`. */
export function writeAssembly(
  template: TemplateBody,
  folder: string = mkdtempSync(join(tmpdir(), 'fanfold-test-')),
): string {
  const files = Object.fromEntries(
    BUNDLES.map((name) => [
      name,
      {
        source: { path: relative(folder, join(FIXTURES, name)), packaging: 'zip' },
        destinations: { here: { bucketName: 'b', objectKey: `${name}.zip` } },
      },
    ]),
  );
  const manifest = {
    artifacts: {
      'Test.assets': { type: 'cdk:asset-manifest', properties: { file: 'Test.assets.json' } },
      Test: {
        type: 'aws:cloudformation:stack',
        environment: 'aws://unknown-account/unknown-region',
        properties: { templateFile: 'Test.template.json' },
      },
    },
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'Test.assets.json'), JSON.stringify({ files }));
  writeFileSync(join(folder, 'Test.template.json'), JSON.stringify(template));
  return folder;
}

export function lambda(properties: object = {}, bundle = 'chameleon'): Declaration {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Architectures: ['arm64'],
      Code: {
        S3Bucket: { 'Fn::Join': ['-', ['cdk-assets', { Ref: 'AWS::AccountId' }, { Ref: 'AWS::Region' }]] },
        S3Key: `${bundle}.zip`,
      },
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Runtime: 'nodejs24.x',
      MemorySize: 128,
      Timeout: 30,
      ...properties,
    },
  };
}

export const role: Declaration = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } };

export function queue(properties: object = {}): Declaration {
  return { Type: 'AWS::SQS::Queue', Properties: properties, DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' };
}

export function arnOf(logicalId: string): object {
  return { 'Fn::GetAtt': [logicalId, 'Arn'] };
}

export function ref(logicalId: string): object {
  return { Ref: logicalId };
}

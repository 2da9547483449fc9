/** The yardstick of a function's bundle: one that does nothing but make the same SDK clients, and takes the SDK as it comes. */
import { join } from 'node:path';
import { type Bundle, bundle, type Shares } from './build.ts';

export interface Bare {
  readonly file: string;
  readonly bundle: Bundle;
}

const CLIENTS: Readonly<Record<string, string>> = {
  '@aws-sdk/client-dynamodb': 'DynamoDBClient',
  '@aws-sdk/client-sns': 'SNSClient',
  '@aws-sdk/client-sqs': 'SQSClient',
};

/** The packages of the SDK clients in a bundle. */
export const clientsIn = (shares: Shares): string[] =>
  [...shares.keys()].filter((origin) => origin.startsWith('@aws-sdk/client-')).sort();

/** `DynamoDB + SNS`, for people. */
export const clientNames = (packages: readonly string[]): string =>
  packages.map((each) => classOf(each).replace(/Client$/, '')).join(' + ');

/** Builds the bare bundle of these clients under `folder`. */
export async function bareBundle(packages: readonly string[], folder: string): Promise<Bare> {
  const classes = packages.map(classOf);
  const source = [
    ...packages.map((each) => `import { ${classOf(each)} } from '${each}';`),
    `const clients = [${classes.map((each) => `new ${each}({})`).join(', ')}];`,
    'export const handler = async () => clients.length;',
  ].join('\n');
  const file = join(folder, `bare-${classes.join('-')}`, 'index.mjs');
  return { file, bundle: await bundle(source, file) };
}

function classOf(packageName: string): string {
  const found = CLIENTS[packageName];
  if (!found) throw new Error(`which class is the client of ${packageName}?`);
  return found;
}

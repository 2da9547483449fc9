/** For processes that run beside the local cloud: an output of the stack in a file, after where the SDK finds the services. */
import { writeFileSync } from 'node:fs';
import type { Cloud } from './cloud.ts';
import { LocalCloudError, oneLine } from './failure.ts';

/** What `--export` takes: an output of the stack, and the file to write its lines to. */
export interface Export {
  readonly output: string;
  readonly file: string;
}

/** `<output>=<file>`. */
export function readExport(text: string): Export {
  const [, output, file] = /^(\w+)=(.+)$/s.exec(text) ?? [];
  if (output && file) return { output, file };
  throw new LocalCloudError('bad-option', `--export takes <output>=<file>, not ${text}`);
}

/** Throws `bad-option` if there is no such output, or the file cannot be written. */
export function writeExport({ endpoints, outputs }: Pick<Cloud, 'endpoints' | 'outputs'>, to: Export): void {
  const value = outputs[to.output];
  if (value === undefined)
    throw new LocalCloudError('bad-option', `--export ${to.output}: there are ${Object.keys(outputs).join(', ')}`);
  const lines = [
    `AWS_ENDPOINT_URL_SQS=${endpoints.sqs}`,
    `AWS_ENDPOINT_URL_SNS=${endpoints.sns}`,
    `AWS_ENDPOINT_URL_S3=${endpoints.s3}`,
    `AWS_ENDPOINT_URL_DYNAMODB=${endpoints.dynamodb}`,
    'AWS_ACCESS_KEY_ID=LOCAL',
    'AWS_SECRET_ACCESS_KEY=local',
  ];
  try {
    writeFileSync(to.file, `${[...lines, value].join('\n')}\n`);
  } catch (error) {
    throw new LocalCloudError('bad-option', `--export ${to.output}: ${oneLine(error)}`, { cause: error });
  }
}

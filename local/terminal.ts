/** What the command prints: what is running, and those lines of the functions that somebody should see. */
import type { Cloud } from './cloud.ts';
import type { CloudEvent, Emit } from './events.ts';

const COUNTED: readonly (readonly [string, RegExp])[] = [
  ['functions', /^AWS::Lambda::Function$/],
  ['queues', /^AWS::SQS::Queue$/],
  ['topics', /^AWS::SNS::Topic$/],
  ['tables', /^AWS::DynamoDB::(Global)?Table$/],
];

/** The lines that say it is ready, what to try and what is running. */
export function banner({ url, resources, outputs, endpoints }: Cloud): string {
  const running = COUNTED.map(
    ([what, type]) => `  ${what.padEnd(10)}${namesOf(resources.filter((each) => type.test(each.type)))}`,
  );
  return [
    `fanfold ready on ${url}`,
    '',
    `  curl -s -X POST '${url}/v1/jobs/direct-trains' -H 'content-type: application/json' -H 'prefer: wait=10' -d '{"from":"London"}'`,
    '',
    ...running,
    `  endpoints SQS, SNS and S3 ${endpoints.sqs}, DynamoDB ${endpoints.dynamodb}`,
    ...Object.entries(outputs).flatMap(([name, value]) => (value.includes('\n') ? [] : [`  ${name} ${value}`])),
    '',
    '',
  ].join('\n');
}

function namesOf(resources: readonly { readonly logicalId: string }[]): string {
  return `${resources.length} (${resources.map(({ logicalId }) => logicalId.replace(/[0-9A-F]{8}$/, '')).join(', ')})`;
}

/** Prints warnings and errors of functions, or with `verbose` all that they write, each line with its function's name. */
export function printer(verbose: boolean): Emit {
  return (event) => {
    const line = lineOf(event, verbose);
    if (line) process.stderr.write(`${line}\n`);
  };
}

function lineOf(event: CloudEvent, verbose: boolean): string | undefined {
  if (event.kind === 'notice') return event.message;
  if (event.kind === 'invocation-ended' && event.error)
    return `${event.functionId} | ${event.error.errorType}: ${event.error.errorMessage}`;
  if (event.kind !== 'log' || !(verbose || isGrave(event.line))) return undefined;
  return `${event.functionId} | ${event.line}`;
}

/** Structured lines say how grave they are; others come from Node or from somebody's `console.log`. */
function isGrave(line: string): boolean {
  try {
    return ['WARN', 'ERROR', 'CRITICAL'].includes(JSON.parse(line).level);
  } catch {
    return /^(\w*Error|FATAL ERROR)\b/.test(line);
  }
}

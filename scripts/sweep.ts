/** `npm run sweep`: removes the queues of instances that died. `-- --help` names the options. */
import { parseArgs } from 'node:util';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { AwsClient } from 'aws4fetch';
import { type Answered, sweep } from '../service/sweep.ts';

const HELP = `npm run sweep -- --stack name --api-url url --topic-arn arn [--topic-arn arn]

Removes queues <stack>-instance-… that are tagged as the stack's, older than ten minutes, and whose instance answers none of
three roll-calls, and their subscriptions to the topics. A call of an API at AWS is signed; --token sends a bearer token.

  --older-than-minutes n   leave younger queues alone (10)
  --dry-run                only say what would be removed
  --all                    remove them even where no instance at all answers
`;

const ROLL_CALLS = 3;
const WINDOW_MS = 2_000;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  ...{ stack: text, 'api-url': text, token: text, 'older-than-minutes': text },
  'topic-arn': { type: 'string', multiple: true },
  ...{ 'dry-run': flag, all: flag, help: flag },
} as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const { stack, 'api-url': apiUrl, 'topic-arn': topicArns = [], 'older-than-minutes': minutes = '10' } = values;
  if (values.help) return say(HELP.trimEnd());
  if (!stack || !apiUrl || topicArns.length === 0) throw new Error('--stack, --api-url and --topic-arn must be given');
  if (!/^\d{1,5}$/.test(minutes)) throw new Error(`--older-than-minutes takes a number, not ${minutes}`);
  const isDryRun = values['dry-run'];
  const removed = await sweep({
    ...{
      sqs: new SQSClient(),
      sns: new SNSClient(),
      stackName: stack,
      topicArns,
      isDryRun,
      now: Date.now,
      mayAllBeDead: values.all,
    },
    ...{ rollCalls: ROLL_CALLS, olderThanMs: Number(minutes) * 60_000 },
    callRoll: () => callRoll(apiUrl, values.token),
  });
  for (const { service, instanceId, url } of removed)
    say(`${isDryRun ? 'would remove' : 'removed'} ${service}/${instanceId} ${url}`);
  say(`${removed.length} of the instances' queues ${isDryRun ? 'would be' : 'were'} removed`);
}

/** Who is there, by the API. @throws when not all who answered are shown: nobody is to be taken for dead for that. */
async function callRoll(apiUrl: string, token: string | undefined): Promise<readonly Answered[]> {
  const url = `${apiUrl.replace(/\/$/, '')}/v1/roll-calls`;
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const init = { method: 'POST', headers, body: JSON.stringify({ windowMs: WINDOW_MS, minWindowMs: WINDOW_MS }) };
  const isSigned = !token && new URL(url).hostname.endsWith('.amazonaws.com');
  const response = isSigned ? await signer().fetch(url, init) : await fetch(url, init);
  if (!response.ok) throw new Error(`the roll cannot be called: ${response.status} ${await response.text()}`);
  const { present, presentNotShown } = (await response.json()) as { present: Answered[]; presentNotShown?: number };
  if (presentNotShown) throw new Error(`${presentNotShown} instances answered that are not shown: ask by service`);
  return present;
}

function signer(): AwsClient {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN: sessionToken } = process.env;
  const keys = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  return new AwsClient({ ...keys, service: 'execute-api', ...(sessionToken ? { sessionToken } : {}) });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`sweep: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** Services made of the instance helper: they share their tasks, answer roll-calls, and leave nothing behind. */
import { join } from 'node:path';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RollCallView } from '../../shared/http/roll-call-schemas.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';
import { type Program, runForTest } from '../support/process.ts';

const root = join(import.meta.dirname, '../..');
const STACK = 'Fanfold';

let cloud: OwnCloud;
let sqs: SQSClient;
let sns: SNSClient;
beforeAll(async () => {
  cloud = await startOwnCloud();
  const shared = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  sqs = new SQSClient({ ...shared, endpoint: cloud.endpoints.sqs });
  sns = new SNSClient({ ...shared, endpoint: cloud.endpoints.sns });
});
afterAll(async () => {
  sqs.destroy();
  sns.destroy();
  await cloud.close();
});

const env = () => ({
  ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' },
  ...{ AWS_ENDPOINT_URL_SQS: cloud.endpoints.sqs, AWS_ENDPOINT_URL_SNS: cloud.endpoints.sns },
});
const topics = () => [cloud.outputs.TasksTopicArn ?? '', cloud.outputs.RollCallsTopicArn ?? ''] as const;

async function start(INSTANCE: string): Promise<Program & { readonly address: string }> {
  const [TASKS_TOPIC_ARN, ROLL_CALLS_TOPIC_ARN] = topics();
  const program = runForTest(process.execPath, [join(root, 'test/fixtures/services/pricing.ts')], {
    ...env(),
    ...{ STACK, INSTANCE, TASKS_TOPIC_ARN, ROLL_CALLS_TOPIC_ARN, LEAF: 'outsourced.pricing' },
  });
  return { ...program, address: await program.line((line) => /^ready: (.*)/.exec(line)?.[1]) };
}

const callRoll = async (): Promise<RollCallView> =>
  (await cloud.call('/v1/roll-calls', { method: 'POST', body: { windowMs: 2_000, minWindowMs: 2_000 } }))
    .body as unknown as RollCallView;
const queueNames = async () =>
  ((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: `${STACK}-instance-` }))).QueueUrls ?? []).map(
    (url) => url.split('/').at(-1) ?? '',
  );
const endpointsOf = async (TopicArn: string) =>
  ((await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? []).map(
    ({ Endpoint = '' }) => Endpoint.split(':').at(-1) ?? '',
  );

it('two instances of one service share its tasks and are there, until one of them ends in order', async () => {
  const [one, other] = await Promise.all([start('i-1'), start('i-2')]);
  const payloads = Array.from({ length: 600 }, (_, index) => ({ item: index === 7 ? 'unknown' : `item ${index}` }));
  const { body } = await cloud.ask('outsourced', { payloads });
  expect(body).toMatchObject({
    ...{ completionReason: 'all-answered', tasks: { expected: 600, succeeded: 599, failed: 1 } },
    failed: [{ taskIndex: 7, cause: 'leaf-error', message: 'no such item' }],
  });
  const by = (body.aggregate as [number, { by: string }][]).map((entry) => entry[1].by);
  expect(new Set(by)).toEqual(new Set(['i-1', 'i-2']));
  const { present } = await callRoll();
  const version = '1.2.3';
  const said = { service: 'pricing', version, metadata: { pid: expect.any(Number) } };
  expect(
    present.map(({ answeredAfterMs: _, ...rest }) => rest).sort((a, b) => a.instanceId.localeCompare(b.instanceId)),
  ).toEqual([
    { ...said, instanceId: 'i-1', address: one.address },
    { ...said, instanceId: 'i-2', address: other.address },
  ]);
  const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: one.address }));
  expect(Tags).toEqual({ 'fanfold:stack': STACK, 'fanfold:service': 'pricing', 'fanfold:instance': 'i-1' });
  one.child.kill('SIGTERM');
  expect(await one.ended).toBe(0);
  expect(await queueNames()).toEqual(['Fanfold-instance-pricing-i-2']);
  expect(await endpointsOf(topics()[1])).not.toContain('Fanfold-instance-pricing-i-1');
});

it('the queue of one that was killed is swept, and those of the living stay', async () => {
  const [dead, alive] = await Promise.all([start('i-3'), start('i-4')]);
  dead.child.kill('SIGKILL');
  await dead.ended;
  const sweep = (...more: string[]) => {
    const topicArns = topics().flatMap((arn) => ['--topic-arn', arn]);
    const parameters = ['--stack', STACK, '--api-url', cloud.url, ...topicArns, ...more];
    return runForTest(process.execPath, [join(root, 'scripts/sweep.ts'), ...parameters], env());
  };
  const young = sweep();
  await young.line((line) => line === "0 of the instances' queues were removed" || undefined);
  expect(await queueNames()).toContain('Fanfold-instance-pricing-i-3');
  const old = sweep('--older-than-minutes', '0');
  await old.line((line) => line === `removed pricing/i-3 ${dead.address}` || undefined);
  expect(await old.ended).toBe(0);
  const left = await queueNames();
  expect(left).toContain('Fanfold-instance-pricing-i-4');
  expect(left).not.toContain('Fanfold-instance-pricing-i-3');
  expect(await endpointsOf(topics()[1])).not.toContain('Fanfold-instance-pricing-i-3');
  expect((await callRoll()).present.map(({ address }) => address)).toContain(alive.address);
});

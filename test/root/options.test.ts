import { expect, test } from 'vitest';
import { readEnvironment } from '../../root/environment.ts';
import { readOptions } from '../../root/options.ts';

test('a root has its defaults', () => {
  expect(readOptions([])).toEqual({ port: 8080, host: '0.0.0.0', batches: 16, calls: 1_000, help: false });
});

test('a root takes what it is told', () => {
  const args = ['--port', '0', '--host', '::1', '--batches', '4', '--calls=7', '--env-file', 'root.env'];
  expect(readOptions(args)).toEqual({ port: 0, host: '::1', batches: 4, calls: 7, envFile: 'root.env', help: false });
});

test.each([
  [['--prot', '1'], /Unknown option '--prot'.*--help/],
  [['now'], /Unexpected argument 'now'/],
  [['--port', '65536'], /--port takes a whole number from 0 to 65535, not "65536"/],
  [['--batches', '0'], /--batches takes a whole number from 1 to 1000/],
  [['--calls', 'many'], /--calls takes a whole number/],
  [['--batches'], /--batches/],
])('%j is refused in one line', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
  expect(() => readOptions(args)).toThrow(/^[^\n]+$/);
});

const GOOD = {
  ...{ GATHERINGS_TABLE_NAME: 't', CLAIMS_BUCKET_NAME: 'b', TASKS_TOPIC_ARN: 'a', COMPLETIONS_TOPIC_ARN: 'c' },
  ...{
    RESULTS_QUEUE_URL: 'r',
    BULK_RESULTS_QUEUE_URL: 'br',
    DEAD_RESULTS_QUEUE_URL: 'dr',
    SCATTER_QUEUE_URL: 'sc',
    SHARDS_QUEUE_URL: 'sh',
  },
  ...{ ROLL_CALLS_TOPIC_ARN: 'rc', ANSWERS_QUEUE_URL: 'an', STACK_NAME: 'Fanfold' },
  ...{
    TIMERS_QUEUE_URL: 'ti',
    DEADLINES_QUEUE_URL: 'dl',
    NOTICES_QUEUE_URL: 'n',
    DEAD_LETTER_QUEUE_URLS: 'd,e',
    OWNER_OPEN_REQUESTS: '1',
  },
  ...{ RETENTION_HOURS: '1', CALLBACK_HOSTS: 'none', API_AUTH: 'none', AWS_REGION: 'eu-west-2' },
};

test('an environment is read by the names that functions have', () => {
  const env: NodeJS.ProcessEnv = { ...GOOD };
  const read = readEnvironment(env);
  expect([read.region, read.url('RESULTS_QUEUE_URL'), read.deadLetters, read.tokens]).toEqual([
    ...['eu-west-2', 'r', ['d', 'e'], undefined],
  ]);
  expect(env).toMatchObject({ POWERTOOLS_METRICS_NAMESPACE: 'Fanfold', POWERTOOLS_SERVICE_NAME: 'fanfold-root' });
});

test('an environment may name its service, and whose tokens it takes', () => {
  const env: NodeJS.ProcessEnv = { ...GOOD, POWERTOOLS_SERVICE_NAME: 'Shop', API_AUTH: 'jwt' };
  const tokens = { JWT_ISSUER: 'https://issuer.example/x', JWT_AUDIENCE: 'us' };
  expect(readEnvironment({ ...env, ...tokens }).tokens).toEqual({ issuer: tokens.JWT_ISSUER, audience: 'us' });
  expect(env.POWERTOOLS_SERVICE_NAME).toBe('Shop');
});

test.each([
  [
    { SHARDS_QUEUE_URL: '', AWS_REGION: undefined },
    /has no SHARDS_QUEUE_URL, AWS_REGION; the stack's output RootEnvironment/,
  ],
  [{ API_AUTH: 'iam' }, /API_AUTH=iam cannot be checked by a root: .*API Gateway.*set API_AUTH to jwt or none/],
  [{ API_AUTH: 'basic' }, /API_AUTH must be jwt or none, not "basic"/],
  [{ API_AUTH: 'jwt', JWT_AUDIENCE: 'us' }, /JWT_ISSUER must be an https:\/\/ address/],
  [{ API_AUTH: 'jwt', JWT_ISSUER: 'http://issuer.example', JWT_AUDIENCE: 'us' }, /JWT_ISSUER must be an https/],
  [{ API_AUTH: 'jwt', JWT_ISSUER: 'https://issuer.example' }, /JWT_AUDIENCE must be given/],
])('an environment with %j is refused by name', (changes, message) => {
  expect(() => readEnvironment({ ...GOOD, ...changes })).toThrow(message);
});

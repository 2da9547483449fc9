import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lambda, role } from './support/assembly.ts';
import { startTestCloud, type TestCloud } from './support/cloud.ts';

describe('a function', () => {
  let cloud: TestCloud;

  beforeAll(async () => {
    cloud = await startTestCloud({
      Resources: {
        Role: role,
        Subject: lambda({ Environment: { Variables: { OWN: 'value' } } }),
        Other: lambda(),
        Hurried: lambda({ Timeout: 1 }),
        Broken: lambda({}, 'broken'),
        Missing: lambda({ Handler: 'index.nothing' }),
      },
    });
  });
  afterAll(() => cloud.close());

  test('sees its own variables, Lambda’s and nothing of this machine’s', async () => {
    const { env, context } = await resultOf(cloud, 'Subject', { do: 'environment' });
    expect(env).toMatchObject({
      OWN: 'value',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'Test-Subject',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_ENDPOINT_URL_SQS: cloud.endpoints.sqs,
      _X_AMZN_TRACE_ID: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
    });
    expect(env).not.toHaveProperty('HOME');
    expect(context).toMatchObject({
      functionName: 'Test-Subject',
      memoryLimitInMB: '128',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Test-Subject',
    });
  });

  test('keeps its environment from one invocation to the next', async () => {
    const before = await resultOf(cloud, 'Subject', { do: 'environment' });
    const after = await resultOf(cloud, 'Subject', { do: 'environment' });
    expect(after.invocations).toBe(before.invocations + 1);
    expect(after.env.AWS_ACCESS_KEY_ID).toBe(before.env.AWS_ACCESS_KEY_ID);
  });

  test('reports what its handler throws', async () => {
    expect(await cloud.invoke('Subject', { do: 'throw' })).toMatchObject({
      error: { errorType: 'RangeError', errorMessage: 'out of range' },
    });
  });

  test.each([
    [
      'process.exit',
      { do: 'exit' },
      'Runtime.ExitError',
      /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 1$/,
    ],
    ['a clean exit', { do: 'exit', code: 0 }, 'Runtime.ExitError', /Runtime exited without providing a reason$/],
    ['process.abort', { do: 'abort' }, 'Runtime.ExitError', /signal: aborted \(core dumped\)$/],
    ['process.kill of itself', { do: 'kill' }, 'Runtime.ExitError', /signal: killed$/],
    ['a full heap', { do: 'fill-memory' }, 'Runtime.OutOfMemory', /signal: killed$/],
    ['an exception nobody catches', { do: 'throw-later' }, 'RangeError', /^nobody catches this$/],
    ['a rejection nobody awaits', { do: 'reject' }, 'Runtime.UnhandledPromiseRejection', /^nobody awaits this$/],
  ])('is ended by %s alone, and starts cold the next time', async (_, event, errorType, message) => {
    await cloud.invoke('Other', { do: 'return', value: 1 });
    const failed = await cloud.invoke('Subject', event);
    expect(failed).toMatchObject({ error: { errorType, errorMessage: expect.stringMatching(message) } });
    expect((await resultOf(cloud, 'Subject', { do: 'environment' })).invocations).toBe(1);
    expect(await cloud.invoke('Other', { do: 'return', value: 2 })).toEqual({ result: 2 });
  });

  test.each(['spin', 'hang'])('that does not end (%s) is timed out, and others go on meanwhile', async (act) => {
    const stuck = cloud.invoke('Hurried', { do: act });
    expect(await cloud.invoke('Other', { do: 'return', value: 3 })).toEqual({ result: 3 });
    expect(await stuck).toMatchObject({
      error: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/^RequestId: .* Error: Task timed out after 1\.00 seconds$/),
      },
    });
  });

  test('whose bundle cannot be loaded fails each invocation with the reason', async () => {
    for (let time = 0; time < 2; time += 1)
      expect(await cloud.invoke('Broken', {})).toMatchObject({
        error: { errorType: 'TypeError', errorMessage: 'this bundle cannot be loaded' },
      });
  });

  test('whose handler is not exported says so', async () => {
    expect(await cloud.invoke('Missing', {})).toMatchObject({ error: { errorType: 'Runtime.HandlerNotFound' } });
  });

  test('may not return more than 6 MB', async () => {
    const value = 'x'.repeat(3 * 1024 * 1024);
    expect(await cloud.invoke('Other', { do: 'return', value: [value] })).toHaveProperty('result');
    expect(await cloud.invoke('Other', { do: 'return', value: { a: value, b: value } })).toMatchObject({
      error: { errorType: 'Function.ResponseSizeTooLarge' },
    });
  });

  test('that is killed from outside tells its invocation', async () => {
    const hanging = cloud.invoke('Other', { do: 'hang' });
    await cloud.kill('Other');
    expect(await hanging).toMatchObject({ error: { errorType: 'Runtime.ExitError' } });
  });
});

async function resultOf(
  cloud: TestCloud,
  name: string,
  event: object,
): Promise<{ env: Record<string, string>; context: object; invocations: number }> {
  const outcome = await cloud.invoke(name, event);
  if ('error' in outcome) throw new Error(outcome.error.errorMessage);
  return outcome.result as { env: Record<string, string>; context: object; invocations: number };
}

/**
 * Deploys the stack with `cdklocal` to the cloud emulator that `AWS_ENDPOINT_URL` names, runs the end-to-end suite
 * against the deployed API, and destroys the stack, whatever happened. `-- <filter>` is handed to vitest.
 *
 * The stack is deployed with auth=none: emulators do not verify signatures, so nothing would be tested by asking for
 * them. For that reason an endpoint of AWS itself is refused.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const PROJECT_ROOT = join(import.meta.dirname, '..');
const BIN = join(PROJECT_ROOT, 'node_modules/.bin');
/** Its own name, so that a stack somebody works with at the same endpoint is left alone. */
const STACK = 'FanfoldEndToEnd';
const CONTEXT = ['-c', `stackName=${STACK}`, '-c', 'auth=none'];
const TEMPORARY = mkdtempSync(join(tmpdir(), 'fanfold-end-to-end-'));
const OUTPUTS_FILE = join(TEMPORARY, 'outputs.json');
const PROBE_MS = 5_000;

const HOW_TO_START = `Start an emulator with CloudFormation, for example
  docker run --rm -p 4566:4566 -e LOCALSTACK_AUTH_TOKEN -e LAMBDA_IGNORE_ARCHITECTURE=1 \\
    -v /var/run/docker.sock:/var/run/docker.sock localstack/localstack-pro
(LocalStack has HTTP APIs from its Base plan up), then AWS_ENDPOINT_URL=http://localhost:4566 npm run test:localstack`;

/** What keeps the suite from running at all; its message tells what to do. */
class CannotRun extends Error {}

async function main(filters: readonly string[]): Promise<number> {
  const endpoint = await findEndpoint(process.env.AWS_ENDPOINT_URL);
  const env = cloudEnvironment(endpoint);
  await cdklocal(['bootstrap'], env);
  try {
    await cdklocal(['deploy', STACK, '--require-approval', 'never', '--outputs-file', OUTPUTS_FILE], env);
    return await runSuite(reachable(readApiUrl(), endpoint), filters);
  } finally {
    await cdklocal(['destroy', STACK, '--force'], env);
  }
}

function runSuite(apiUrl: string, filters: readonly string[]): Promise<number> {
  process.stdout.write(`running the end-to-end suite against ${apiUrl}\n`);
  return exitCode('vitest', ['run', 'test/e2e', ...filters], { ...process.env, FANFOLD_API_URL: apiUrl });
}

async function findEndpoint(value: string | undefined): Promise<URL> {
  if (!value) throw new CannotRun(`AWS_ENDPOINT_URL is not set. ${HOW_TO_START}`);
  if (!URL.canParse(value)) throw new CannotRun(`AWS_ENDPOINT_URL is not a URL: ${value}`);
  const endpoint = new URL(value);
  if (/\.amazonaws\.com(\.cn)?$|\.aws$/.test(endpoint.hostname))
    throw new CannotRun(`${value} is AWS itself, and this suite opens the API to anyone. Use npm run deploy for AWS.`);
  const refusal = await probeCloudFormation(endpoint);
  if (refusal) throw new CannotRun(`${value} ${refusal}. ${HOW_TO_START}`);
  return endpoint;
}

/** Why stacks cannot be deployed to `endpoint`; nothing when they can. Emulators route by the credential's scope. */
async function probeCloudFormation(endpoint: URL): Promise<string | undefined> {
  const scope = 'Credential=test/20260101/us-east-1/cloudformation/aws4_request';
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
      body: new URLSearchParams({ Action: 'ListStacks', Version: '2010-05-15' }),
      signal: AbortSignal.timeout(PROBE_MS),
    });
    const answer = await response.text();
    return response.ok && answer.includes('ListStacks') ? undefined : 'answers, but has no CloudFormation';
  } catch {
    return 'does not answer';
  }
}

function cloudEnvironment(endpoint: URL): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${BIN}${delimiter}${process.env.PATH}`,
    AWS_ENDPOINT_URL: endpoint.origin,
    AWS_ENDPOINT_URL_S3: process.env.AWS_ENDPOINT_URL_S3 ?? bucketEndpoint(endpoint),
  };
}

/** CDK names buckets in the host, which `localhost` has no names for; LocalStack's own domain leads to it. */
function bucketEndpoint({ protocol, hostname, port, origin }: URL): string {
  const isHere = hostname === 'localhost' || hostname === '127.0.0.1';
  return isHere ? `${protocol}//s3.localhost.localstack.cloud:${port}` : origin;
}

function readApiUrl(): URL {
  const outputs: Record<string, { ApiUrl?: string } | undefined> = JSON.parse(readFileSync(OUTPUTS_FILE, 'utf8'));
  const url = outputs[STACK]?.ApiUrl;
  if (!url) throw new CannotRun(`the deployed stack has no output ApiUrl: ${JSON.stringify(outputs)}`);
  return new URL(url);
}

/** Some emulators answer with AWS's own host name; their API is then found by its path. */
function reachable(apiUrl: URL, endpoint: URL): string {
  const [apiId] = apiUrl.hostname.split('.');
  const isAws = apiUrl.hostname.endsWith('.amazonaws.com');
  return isAws ? `${endpoint.origin}/_aws/execute-api/${apiId}/$default` : apiUrl.href.replace(/\/$/, '');
}

async function cdklocal(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const code = await exitCode('cdklocal', [...args, ...CONTEXT, '--output', join(TEMPORARY, 'cdk.out')], env);
  if (code !== 0) throw new CannotRun(`cdklocal ${args[0]} failed with exit code ${code}`);
}

function exitCode(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(BIN, command), args, { cwd: PROJECT_ROOT, env, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

// Ctrl-C reaches the child as well; this process stays until the stack is gone.
process.on('SIGINT', () => {});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(TEMPORARY, { recursive: true, force: true });
}

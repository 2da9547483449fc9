import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../local/main.ts', import.meta.url));

test.each([
  ['an option it does not know', ['--wach'], {}, /^fanfold: Unknown option '--wach'.*\n$/],
  ['context without a value', ['-c', 'auth'], {}, /^fanfold: -c takes key=value, not auth\n$/],
  ['context the stack refuses', ['-c', 'auth=basic'], {}, /^fanfold: .*context: auth must be one of iam, jwt, none/],
  ['an export without a file', ['--export', 'ApiUrl'], {}, /^fanfold: --export takes <output>=<file>, not ApiUrl\n$/],
  ['a word', ['please'], {}, /^fanfold: Unexpected argument 'please'.*\n$/],
  ['a PORT that is none', [], { PORT: 'http' }, /^fanfold: PORT must be a port number, not http\n$/],
])('the command refuses %s in one line', async (_, parameters, env, complaint) => {
  expect(await endOf(command(parameters, env))).toEqual([1, expect.stringMatching(complaint)]);
});

test('the command refuses a port that is taken in one line', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const PORT = typeof address === 'object' ? String(address?.port) : '';
  expect(await endOf(command([], { PORT }))).toEqual([
    1,
    `fanfold: port ${PORT} is taken: stop what listens there, or set PORT\n`,
  ]);
});

test('the command says when it is ready, and leaves nothing behind when it is ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'exported-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'api.env');
  const child = command(['--export', `ApiUrl=${file}`], { PORT: '0' });
  const end = endOf(child);
  const url = await readyUrl(child);
  const lines = readFileSync(file, 'utf8').split('\n');
  expect(lines).toEqual([
    ...['SQS', 'SNS', 'S3', 'DYNAMODB'].map((name) => expect.stringMatching(`^AWS_ENDPOINT_URL_${name}=http://`)),
    ...['AWS_ACCESS_KEY_ID=LOCAL', 'AWS_SECRET_ACCESS_KEY=local', url, ''],
  ]);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  child.kill('SIGINT');
  expect(await end).toEqual([0, '']);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`fanfold-${child.pid}-`))).toEqual([]);
});

function command(parameters: readonly string[], env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...parameters], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function readyUrl({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('no stdout');
  for await (const line of createInterface({ input: stdout })) {
    const url = /^fanfold ready on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error('it ended before it was ready');
}

/** The exit code and what it wrote to stderr. */
async function endOf(child: ChildProcess): Promise<[number | null, string]> {
  const [complaint, [exitCode]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'close')]);
  return [exitCode, complaint];
}

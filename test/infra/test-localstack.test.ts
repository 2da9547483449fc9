import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROJECT_ROOT } from './support.ts';

function testLocalstack(endpoint?: string): Promise<{ code: number | null; stderr: string }> {
  const { AWS_ENDPOINT_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, ['scripts/test-localstack.ts'], {
    cwd: PROJECT_ROOT,
    env: endpoint === undefined ? env : { ...env, AWS_ENDPOINT_URL: endpoint },
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })));
}

function somethingElse(): Promise<string> {
  const server = createServer((_, response) => response.writeHead(400).end('InvalidAction'));
  onTestFinished(() => void server.close());
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
}

describe('npm run test:localstack', () => {
  it.each([
    ['no endpoint', undefined, 'AWS_ENDPOINT_URL is not set. Start an emulator'],
    [
      'an endpoint where nothing answers',
      'http://127.0.0.1:1',
      'http://127.0.0.1:1 does not answer. Start an emulator',
    ],
    ['what is not a URL', 'localhost', 'AWS_ENDPOINT_URL is not a URL: localhost'],
    ['AWS itself', 'https://cloudformation.eu-west-2.amazonaws.com', 'is AWS itself'],
  ])('with %s says what to do, and exits 1', async (_, endpoint, message) => {
    const { code, stderr } = await testLocalstack(endpoint);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });

  it('with an endpoint without CloudFormation says so, and exits 1', async () => {
    const { code, stderr } = await testLocalstack(await somethingElse());
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('has no CloudFormation') });
  });
});

/** A real Redis: the one of REDIS_URL, or one of ours on a free port of loopback, that keeps nothing and ends with us. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { findRedisServer, type RedisServer } from './redis-server.ts';

export interface Redis {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<Redis> {
  const url = process.env.REDIS_URL;
  return url ? { url, stop: async () => undefined } : startServer(await findRedisServer());
}

async function startServer({ command, libraries }: RedisServer): Promise<Redis> {
  const port = await freePort();
  const parameters = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'];
  const server = spawn(command, parameters, {
    env: { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const end = () => server.kill('SIGKILL');
  process.once('exit', end);
  const exited = once(server, 'exit');
  const stop = async () => {
    end();
    await exited;
    process.off('exit', end);
  };
  const words: string[] = [];
  for await (const line of createInterface({ input: server.stdout })) {
    if (/ready to accept connections/i.test(line)) {
      server.stdout.resume();
      return { url: `redis://127.0.0.1:${port}`, stop };
    }
    words.push(line);
  }
  throw new Error(`${command} has ended before it was ready: ${words.at(-1) ?? 'it says nothing'}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

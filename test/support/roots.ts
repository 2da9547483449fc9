/** Roots as processes of their own, beside a local cloud whose functions leave the queues to them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cloud } from '../../local/cloud.ts';

export interface RootProcess {
  readonly url: string;
  readonly pid: number;
  /** How many lines it has logged that say `message`. */
  said(message: string): number;
  /** Resolves when it has said `message` `times` times. */
  saying(message: string, times: number): Promise<void>;
  /** Sends a signal; resolves with the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | string | null>;
}

/** Builds a root of the jobs in `project` into `outdir`. */
export function buildRootBundle(project: string, outdir: string): string {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/root.ts', '--build', outdir], {
    ...{ cwd: project, encoding: 'utf8' },
  });
  if (status !== 0) throw new Error(`the root does not build: ${stderr}`);
  return join(outdir, 'index.mjs');
}

/** Starts one, and waits until it is ready. */
export async function startRoot(cloud: Cloud, bundle: string, name: string): Promise<RootProcess> {
  const child = spawn(process.execPath, [bundle, '--port', '0', '--host', '127.0.0.1'], {
    env: environmentOf(cloud, name),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log = new Log(child);
  await log.saying('root ready', 1);
  return {
    ...{ url: `http://127.0.0.1:${log.port}`, pid: child.pid ?? 0 },
    said: (message) => log.said(message),
    saying: (message, times) => log.saying(message, times),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code, by] = await ended;
      return code ?? by;
    },
  };
}

function environmentOf({ endpoints, outputs }: Cloud, name: string): Record<string, string> {
  const lines = (outputs.RootEnvironment ?? '').split('\n');
  return {
    ...Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))),
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ACCESS_KEY_ID: `LOCAL${name.toUpperCase()}`,
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

/** What a root prints: JSON, a line each. */
class Log {
  port = 0;
  readonly #messages: string[] = [];
  readonly #waiting = new Set<() => void>();

  constructor({ stdout }: ChildProcess) {
    if (!stdout) throw new Error('there is no stdout');
    createInterface({ input: stdout }).on('line', (line) => {
      const { message = '', port = this.port } = JSON.parse(line) as { message?: string; port?: number };
      this.port = port;
      this.#messages.push(message);
      for (const look of this.#waiting) look();
    });
  }

  said(message: string): number {
    return this.#messages.filter((each) => each === message).length;
  }

  saying(message: string, times: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.said(message) < times) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

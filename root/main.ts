/** A root: everything of a stack but its leaves as one long-running process. Its bundle calls `main` with the jobs. */
import { loadEnvFile } from 'node:process';
import type { Job } from '../shared/core/job.ts';
import { readEnvironment } from './environment.ts';
import { BadOption, HELP, readOptions } from './options.ts';

/** Of a command that was misused, as of a root that could not start. */
const EXIT = { failed: 1, misused: 2 } as const;

/** Runs until a signal ends it: the first in order, the second at once. */
export async function main(jobs: readonly Job[]): Promise<void> {
  try {
    await run(jobs);
  } catch (error) {
    process.stderr.write(`root: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof BadOption ? EXIT.misused : EXIT.failed);
  }
}

async function run(jobs: readonly Job[]): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return void process.stdout.write(HELP);
  if (options.envFile !== undefined) loadFile(options.envFile);
  const environment = readEnvironment(process.env);
  // Loaded now, since clients, logs and metrics read the environment as they are.
  const { startServices } = await import('./services.ts');
  const services = await startServices(jobs, environment, options);
  process.stdout.write(`${JSON.stringify({ level: 'INFO', message: 'root ready', port: services.port })}\n`);
  endOnSignal(services.stop);
}

function loadFile(path: string): void {
  try {
    loadEnvFile(path);
  } catch (cause) {
    throw new BadOption(`--env-file cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function endOnSignal(stop: () => Promise<void>): void {
  let ending = false;
  const end = async () => {
    if (ending) process.exit(EXIT.failed);
    ending = true;
    await stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end());
}

/** Runs the CDK app, as `cdk synth` would, and turns its failure into one line. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { LocalCloudError, oneLine } from './failure.ts';
import { isObject } from './template/json.ts';

export interface SynthOptions {
  /** The folder with `cdk.json`. */
  readonly project: string;
  /** Where the cloud assembly is written. */
  readonly outputFolder: string;
  /** Added to the context of `cdk.json`, as `-c` would. */
  readonly context?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Synthesizes into `outputFolder`. Template validation and cdk-nag are left to `npm run synth`: they take longer than all the rest.
 * Throws `synth-failed` with the app's own first words.
 */
export async function synthesize({ project, outputFolder, context = {}, signal }: SynthOptions): Promise<void> {
  const cdk = readCdkJson(join(project, 'cdk.json'));
  const [command = 'node', ...parameters] = cdk.app.split(/\s+/);
  const child = spawn(command === 'node' ? process.execPath : command, parameters, {
    cwd: project,
    env: {
      ...process.env,
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      CDK_OUTDIR: outputFolder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdk.context, ...context }),
      CDK_VALIDATION: 'false',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, so that what it has started ends with it, and writes no more.
    detached: true,
  });
  const end = (): void => {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  };
  signal?.addEventListener('abort', end);
  // Before whoever removes the folder at the exit: nothing writes into it again.
  process.prependOnceListener('exit', end);
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [complaint, exitCode] = await Promise.all([text(child.stderr), ended]).catch(
    (error) => [oneLine(error), 1] as const,
  );
  process.off('exit', endWithUs);
  signal?.removeEventListener('abort', end);
  process.off('exit', end);
  if (exitCode !== 0) throw new LocalCloudError('synth-failed', `the stack does not build: ${gist(complaint)}`);
}

function readCdkJson(path: string): { app: string; context: object } {
  try {
    const { app, context = {} }: { app?: unknown; context?: object } = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof app === 'string' && isObject(context)) return { app, context };
  } catch (error) {
    throw new LocalCloudError('synth-failed', `${path}: ${oneLine(error)}`);
  }
  throw new LocalCloudError('synth-failed', `${path} names no app`);
}

/** Node prints the place before the error itself, and warnings before both. */
function gist(complaint: string): string {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '' && !/^\(node:|^\(Use `node/.test(line));
  const error = lines.find((line) => /^\w*(Error|Exception)\b.*: /.test(line));
  return (error ?? lines[0] ?? 'it says nothing on stderr').replace(/^(\w*Error)( \[\w+\])?: /, '').trim();
}

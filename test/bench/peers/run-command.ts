import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Longest that a command may take, in ms: what it brings is a few MB. */
const TIMEOUT_MS = 300_000;

/** Runs a command in `cwd`. Throws, with its own first complaint after `what`, unless it ends well. */
export async function runCommand(
  what: string,
  command: string,
  parameters: readonly string[],
  cwd: string,
): Promise<void> {
  try {
    await run(command, parameters, { cwd, timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 });
  } catch (error) {
    throw new Error(`${what} failed: ${complaintOf(error)}`);
  }
}

function complaintOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('killed' in error && error.killed) return `it took more than ${TIMEOUT_MS / 1_000} s`;
  const words = 'stderr' in error ? String(error.stderr).trim() : '';
  const complaint = /^(?:E:|npm error) (?!code |errno |syscall )(.+)$/m.exec(words)?.[1];
  return complaint ?? (words.split('\n')[0] || error.message);
}

/** A program of somebody's own, beside the tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export interface Program {
  readonly child: ChildProcess;
  /** The first line of its output that `picks` makes something of, past or future. Rejects when it ends without. */
  line<Picked>(picks: (line: string) => Picked | undefined): Promise<Picked>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts it, until the test is over. */
export function runForTest(command: string, parameters: readonly string[], env: Record<string, string>): Program {
  const child = spawn(command, parameters, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      for (const listener of [...listeners]) listener(line);
    });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? ''));
    child.once('error', (error) => resolve(String(error)));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    ...{ child, ended },
    line: (picks) =>
      new Promise((resolve, reject) => {
        const look = (line: string) => {
          const picked = picks(line);
          if (picked === undefined) return;
          listeners.delete(look);
          resolve(picked);
        };
        listeners.add(look);
        for (const line of [...lines]) look(line);
        void ended.then((how) => reject(new Error(`ended (${how}):\n${lines.join('\n')}`)));
      }),
  };
}

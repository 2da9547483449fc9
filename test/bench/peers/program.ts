/** A peer's program: a Node process of its own, from `programs/`, that runs `calibrate` whenever it is asked to. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { assertExact, RESULT_BYTES } from '../exact.ts';

/** Longest wait for an answer, beyond which a peer counts as broken. */
const PATIENCE_MS = 120_000;

export interface Program {
  /** What it says of itself when it is ready. */
  readonly about: string;
  /** Has `tasks` tasks answered: ms, by its own clock, that its caller waited. Throws unless the answer is exact. */
  time(tasks: number): Promise<number>;
  /** Lets it clean up; resolves at its end. */
  stop(): Promise<void>;
}

interface Message {
  readonly about?: string;
  readonly ms?: number;
  readonly aggregate?: unknown;
  readonly complaint?: string;
}

/** Starts `programs/<file>`. Throws its complaint if it does not come to be ready. */
export async function startProgram(file: string, parameters: readonly string[]): Promise<Program> {
  const child = fork(join(import.meta.dirname, 'programs', file), parameters, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = once(child, 'exit');
  const next = listenTo(child, file);
  try {
    const { about = '' } = await next();
    const time = async (tasks: number) => {
      const reply = next();
      // To one that has ended nothing can be sent, and `reply` says why it has.
      if (child.connected) child.send({ tasks, resultBytes: RESULT_BYTES });
      const { ms = Number.NaN, aggregate } = await reply;
      assertExact(aggregate, tasks);
      return ms;
    };
    const stop = async () => {
      if (child.connected) child.disconnect();
      await exited;
    };
    return { about, time, stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** How to wait for the next message of `child`: throws if that is a complaint, or its end, or does not come. */
function listenTo(child: ChildProcess, file: string): () => Promise<Message> {
  const words = child.stderr ? text(child.stderr) : '';
  const ended = once(child, 'exit').then(async () => {
    throw new Error(`${file} has ended: ${gist(await words)}`);
  });
  ended.catch(() => undefined);
  return async () => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const [message]: Message[] = await Promise.race([once(child, 'message', { signal }), ended]).catch((error) => {
      if (!signal.aborted) throw error;
      child.kill('SIGKILL');
      throw new Error(`${file} has not answered for ${PATIENCE_MS / 1_000} s`);
    });
    if (!message || message.complaint) throw new Error(message?.complaint ?? `${file} says nothing`);
    return message;
  };
}

/** The line that names the error, among the place and the stack that Node prints around it. */
function gist(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0] ?? 'it says nothing on stderr';
}

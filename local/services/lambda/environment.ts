/**
 * One execution environment: a process that loads the bundle once and takes one invocation at a time.
 *
 * A process and not a worker thread: a worker that fills its heap takes the whole process down with it unless it does so in small
 * steps (seven of ten ways tried, Node 24, `resourceLimits` set), and `process.kill` or a native crash always do.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { watchMemory } from './memory.ts';
import { exitError, type FunctionError, type Outcome, outOfMemory, timedOut } from './outcome.ts';

export interface EnvironmentSettings {
  readonly id: string;
  readonly taskRoot: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly initTimeoutMs: number;
  /** The process's scheduling priority, as `nice` has it: 0 is what others have, 19 gives way to everybody. */
  readonly niceness: number;
  onLine(stream: 'stdout' | 'stderr', line: string): void;
}

export interface Environment {
  readonly id: string;
  /** Rejects with an `InitFailure` if the handler could not be loaded. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  readonly alive: boolean;
  /** Hands over `event`, JSON or what JSON would hold. */
  invoke(requestId: string, event: string | object, timeoutMs: number): Promise<Outcome>;
  /** Ends the process at once, whatever it is doing. */
  kill(): void;
}

/** The environment could not load its handler; `error` is what its invocation is told. */
export class InitFailure extends Error {
  override readonly name = 'InitFailure';
  readonly error: FunctionError;

  constructor(error: FunctionError) {
    super(error.errorMessage);
    this.error = error;
  }
}

type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'succeeded'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'failed' | 'died'; readonly requestId?: string; readonly error: FunctionError };

const RUNTIME = fileURLToPath(new URL('./runtime.mjs', import.meta.url));
/** What V8 says on its way out; AWS calls it out of memory whichever of the two limits was met first. */
const HEAP_EXHAUSTED = /FATAL ERROR: .*(heap|memory|Allocation failed|invalid table size)/i;

/** A process that spins does not notice that nobody listens any more, so whatever ends this one ends them. */
const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Starts a process for `settings`; whoever calls waits for `ready`. */
export function startEnvironment(settings: EnvironmentSettings): Environment {
  return new ProcessEnvironment(settings);
}

class ProcessEnvironment implements Environment {
  readonly id: string;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  #settle: (outcome: Outcome) => void = () => undefined;
  #requestId = '';
  #lastWords: FunctionError | undefined;
  #heapExhausted = false;
  #alive = true;

  constructor(settings: EnvironmentSettings) {
    this.id = settings.id;
    this.#process = fork(RUNTIME, [settings.taskRoot, settings.handler], {
      execArgv: [`--max-old-space-size=${settings.memoryMb}`],
      env: { ...settings.variables },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // JSON around the JSON of an event would escape it once more, a byte at a time; and events of queues need none at all.
      serialization: 'advanced',
    });
    living.add(this.#process);
    step(this.#process, settings.niceness);
    this.#process.on('error', () => this.kill());
    this.ended = new Promise((resolve) => this.#process.once('close', () => resolve()));
    const unwatch = watchMemory(this.#process.pid, settings.memoryMb, () => this.#end(outOfMemory(this.#requestId)));
    void this.ended.then(() => {
      unwatch();
      living.delete(this.#process);
    });
    this.#readLines(settings);
    this.ready = this.#init(settings.initTimeoutMs);
  }

  get alive(): boolean {
    return this.#alive;
  }

  invoke(requestId: string, event: string | object, timeoutMs: number): Promise<Outcome> {
    if (!this.#alive) return Promise.resolve({ error: this.#lastWords ?? exitError(requestId, null, 'SIGKILL') });
    return new Promise((resolve) => {
      this.#requestId = requestId;
      const timer = setTimeout(() => this.#end(timedOut(requestId, timeoutMs)), timeoutMs);
      this.#settle = (outcome) => {
        clearTimeout(timer);
        this.#settle = () => undefined;
        resolve(outcome);
      };
      const deadlineAt = Date.now() + timeoutMs;
      this.#process.send({ requestId, event, deadlineAt, traceId: traceId() }, () => undefined);
    });
  }

  kill(): void {
    this.#end(exitError(this.#requestId, null, 'SIGKILL'));
  }

  #end(error: FunctionError): void {
    this.#alive = false;
    this.#process.kill('SIGKILL');
    this.#settle({ error });
  }

  #init(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(timedOut(this.#requestId, timeoutMs)), timeoutMs);
      this.#settle = (outcome) => {
        clearTimeout(timer);
        this.#settle = () => undefined;
        if ('error' in outcome) reject(new InitFailure(outcome.error));
        else resolve();
      };
      this.#process.on('message', (report) => this.#hear(report as Report));
      this.#process.once('close', (code, signal) => this.#ended(code, signal));
    });
  }

  #hear(report: Report): void {
    if (report.kind === 'ready') this.#settle({ payload: '' });
    else if (report.kind === 'died') this.#lastWords = report.error;
    else if (report.requestId === this.#requestId)
      this.#settle('payload' in report ? { payload: report.payload } : { error: report.error });
  }

  #ended(code: number | null, signal: string | null): void {
    this.#alive = false;
    const why = this.#heapExhausted ? outOfMemory(this.#requestId) : exitError(this.#requestId, code, signal);
    this.#settle({ error: this.#lastWords ?? why });
  }

  #readLines({ onLine }: EnvironmentSettings): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = this.#process[stream];
      if (!input) continue;
      createInterface({ input }).on('line', (line) => {
        this.#heapExhausted ||= stream === 'stderr' && HEAP_EXHAUSTED.test(line);
        onLine(stream, line);
      });
    }
  }
}

/** Lets a process step back; where the system does not know that, it stays as it is. */
function step({ pid }: ChildProcess, niceness: number): void {
  if (niceness === 0 || pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch {
    // It may have ended already.
  }
}

function traceId(): string {
  const id = randomUUID().replaceAll('-', '');
  return `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${id.slice(0, 24)};Parent=${id.slice(16)};Sampled=0`;
}

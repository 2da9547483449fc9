/**
 * Concurrent processes, of which every call of a port is one atomic step; whoever drives it chooses which step runs
 * next and how it fares. Nothing else is concurrent, so the same choices are the same run.
 */

/** How a step fares. A process that dies hears nothing more; one whose step fails may or may not have had its effect. */
export type Fate = 'done' | 'done-twice' | 'failed-before' | 'failed-after' | 'died-before' | 'died-after';

export type Ending = 'finished' | 'failed' | 'died';

/** A pending call of some process. */
export interface Step {
  readonly name: string;
  take(fate: Fate): Promise<void>;
}

/** Makes a port whose every call waits for its turn. */
export type Through = <Port extends object>(port: Port) => Port;

export interface Interleaving {
  /** Starts a process; `ended` is called once. */
  start(
    name: string,
    body: (through: Through) => Promise<unknown>,
    ended: (ending: Ending, error?: unknown) => void,
  ): void;
  /** The calls that wait, oldest first. */
  pending(): readonly Step[];
}

/** What the scheduler makes a step fail with: as a service that does not answer would. */
export class StepFailed extends Error {
  constructor(step: string) {
    super(`${step} got no answer`);
    this.name = 'StepFailed';
  }
}

/** Resolves once every process waits for a step, or has ended: nothing here waits for anything but promises. */
export const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Waiting extends Step {
  readonly process: symbol;
}

export function createInterleaving(): Interleaving {
  let waiting: readonly Waiting[] = [];
  const without = (step: Waiting): void => {
    waiting = waiting.filter((other) => other !== step);
  };
  return {
    pending: () => waiting,
    start(name, body, ended) {
      const process = Symbol(name);
      let running = true;
      const end = (ending: Ending, error?: unknown): void => {
        if (!running) return;
        running = false;
        waiting = waiting.filter((step) => step.process !== process);
        ended(ending, error);
      };
      const call = (label: string, perform: () => Promise<unknown>): Promise<unknown> =>
        new Promise((resolve, reject) => {
          if (!running) return;
          const step: Waiting = {
            process,
            name: `${name}: ${label}`,
            async take(fate) {
              without(step);
              if (fate === 'died-before') return end('died');
              if (fate === 'failed-before') return reject(new StepFailed(step.name));
              if (fate === 'done-twice') await perform();
              const outcome = await perform();
              if (fate === 'died-after') return end('died');
              if (fate === 'failed-after') return reject(new StepFailed(step.name));
              resolve(outcome);
            },
          };
          waiting = [...waiting, step];
        });
      const through: Through = (port) =>
        new Proxy(port, {
          get(target, member) {
            const value: unknown = Reflect.get(target, member);
            if (typeof value !== 'function') return value;
            return (...values: unknown[]) => call(String(member), async () => Reflect.apply(value, target, values));
          },
        });
      body(through).then(
        () => end('finished'),
        (error: unknown) => end('failed', error),
      );
    },
  };
}

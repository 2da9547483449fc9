/** One invocation of a function: each of its port calls takes time and fares as chance has it, and it may die at any of them. */
import type { Clock } from '../shared/core/ports/runtime.ts';
import type { Fate, Faults } from './faults.ts';
import { drawLatency, type Latency } from './latency.ts';
import type { Random } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';

export type Ending = 'finished' | 'failed' | 'died' | 'timed out';

/** A call that got no answer, as its caller sees it. */
export class CallFailed extends Error {}

export interface Surroundings {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly faults: Faults;
  /** Each function's clock is this far ahead, in ms. */
  readonly skews: Map<string, number>;
  /** Takes a line for each thing that happens, if anybody wants to read it. */
  readonly log: string[] | undefined;
  readonly overheads: Overheads;
  /** Errors that no call was made to fail with. */
  readonly surprises: unknown[];
  invocations: number;
  /** What went wrong so that nobody heard of it, or a message is to come again. */
  readonly strikes: Strike[];
}

/** Something that went wrong, and the function that it happened to. */
export interface Strike {
  readonly at: number;
  readonly name: string;
}

export interface Invocation {
  /** The function's. */
  readonly name: string;
  readonly startedAt: number;
  readonly clock: Clock;
  /** Makes a port of this invocation's: each call takes time, and none has an effect once it is over. */
  through<Port extends object>(port: Port): Port;
  /** Ends it as a crash would. */
  die(): void;
}

/** What things take that are nobody's work. */
export interface Overheads {
  /** A call of AWS inside one region. */
  readonly callMs: Latency;
  /** From the topic to a function that starts. */
  readonly startMs: Latency;
  /** From sending a message to a consumer that is idle. */
  readonly transitMs: Latency;
}

const BACKOFF_MS = 200;

function skewOf({ skews, random, faults }: Surroundings, name: string): number {
  const known = skews.get(name) ?? Math.round((random.next() * 2 - 1) * faults.skewMs);
  skews.set(name, known);
  return known;
}

/** Invokes a function; how it ended. */
export function invoke(
  around: Surroundings,
  name: string,
  timeoutMs: number,
  body: (invocation: Invocation) => Promise<unknown>,
): Promise<Ending> {
  const { clock, log, surprises, strikes } = around;
  const title = `${name} ${++around.invocations}`;
  return new Promise((resolve) => {
    let running = true;
    const note = (what: string): void => void log?.push(`${clock.now()} ${title}: ${what}`);
    const end = (ending: Ending): void => {
      if (!running) return;
      running = false;
      callOff();
      note(ending);
      resolve(ending);
    };
    const callOff = clock.after(timeoutMs, () => end('timed out'));
    const call = (label: string, perform: () => Promise<unknown>): Promise<unknown> =>
      callOf(around, {
        label,
        perform,
        note,
        end,
        isRunning: () => running,
        strike: () => void strikes.push({ at: clock.now(), name }),
      });
    const invocation: Invocation = {
      name,
      startedAt: clock.now(),
      clock: clock.skewed(skewOf(around, name)),
      die: () => end('died'),
      through: (port) =>
        new Proxy(port, {
          get(target, member) {
            const value: unknown = Reflect.get(target, member);
            if (typeof value !== 'function') return value;
            return (...values: unknown[]) => call(String(member), async () => Reflect.apply(value, target, values));
          },
        }),
    };
    body(invocation).then(
      () => end('finished'),
      (error: unknown) => {
        if (running && !(error instanceof CallFailed)) surprises.push(error);
        end('failed');
      },
    );
  });
}

interface Call {
  readonly label: string;
  perform(): Promise<unknown>;
  note(what: string): void;
  end(ending: Ending): void;
  isRunning(): boolean;
  /** Notes that it did not fare well. */
  strike(): void;
}

function callOf({ clock, random, faults, overheads }: Surroundings, call: Call): Promise<unknown> {
  const { label, isRunning } = call;
  return new Promise((resolve, reject) => {
    if (!isRunning()) return;
    const fate = faults.fateOf(label);
    const backoff = fate === 'throttled' ? BACKOFF_MS * random.next() : 0;
    clock.after(drawLatency(overheads.callMs, random) + backoff, () => {
      if (isRunning()) take(call, fate).then((outcome) => outcome && resolve(outcome.value), reject);
    });
  });
}

/** Performs a call; nothing when its caller does not hear of it. */
async function take(
  { label, perform, note, end, strike }: Call,
  fate: Fate,
): Promise<{ readonly value: unknown } | undefined> {
  note(fate === 'done' ? label : `${label} (${fate})`);
  if (fate !== 'done' && fate !== 'done twice' && fate !== 'throttled') strike();
  if (fate === 'hung') return undefined;
  if (fate === 'died before') return void end('died');
  if (fate === 'refused by throttling') throw new CallFailed(`${label} was throttled`);
  if (fate === 'done twice') await perform();
  const value = await perform();
  if (fate === 'died after') return void end('died');
  if (fate === 'failed after its effect') throw new CallFailed(`${label} got no answer`);
  return { value };
}

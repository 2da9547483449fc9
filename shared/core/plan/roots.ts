/**
 * How many roots carry a load. By the utilization law (Denning and Buzen, "The Operational Analysis of Queueing Network
 * Models", ACM Computing Surveys 10, 1978) X requests a second of S seconds of processor time each keep X·S processors busy,
 * and a root has one; by Little's law (Little, "A Proof for the Queuing Formula L = λW", Operations Research 9, 1961) X calls a second
 * that wait W seconds are X·W calls under way. Both are divided among roots; on top comes what may be missing.
 */
import type { Asked } from './question.ts';
import type { Shape } from './shape.ts';

export interface Roots {
  /** All of them. */
  readonly instances: number;
  /** Of them those that may be missing while the others carry the load. */
  readonly spare: number;
  /** Processors that the load keeps busy. */
  readonly busy: number;
  /** Calls under way. */
  readonly waiting: number;
  /** The share of its processor that each one uses, when none is missing. */
  readonly utilization: number;
  /** What takes as many as that. */
  readonly binds: { readonly name: 'processor' | 'calls'; readonly says: string; readonly source: string };
}

const SOURCES = {
  processor: 'X·S ÷ utilization: the utilization law, Denning and Buzen 1978; see --root-utilization',
  calls: "X·W ÷ calls of one root: Little's law, 1961; see --root-calls",
} as const;

/** For `asked.requestsPerSecond` requests of such a shape, whose callers wait `waitMs`; `undefined` if nobody asks for it. */
export function rootsFor(
  asked: Asked,
  { messages, tasks }: Pick<Shape, 'messages' | 'tasks'>,
  waitMs: number,
): Roots | undefined {
  const { requestsPerSecond, rootRequestMs, rootMessageMs, rootTaskMs, rootUtilization, rootCalls, rootSpare } = asked;
  if (requestsPerSecond === undefined) return undefined;
  const busy = (requestsPerSecond * (rootRequestMs + messages * rootMessageMs + tasks * rootTaskMs)) / 1_000;
  const waiting = (requestsPerSecond * waitMs) / 1_000;
  const needed = { processor: atLeastOne(busy / rootUtilization), calls: atLeastOne(waiting / rootCalls) };
  const name = needed.calls > needed.processor ? 'calls' : 'processor';
  const instances = needed[name] + rootSpare;
  const says = { processor: saysProcessor(busy, rootUtilization), calls: saysCalls(waiting, rootCalls) }[name];
  return {
    instances,
    spare: rootSpare,
    busy,
    waiting,
    utilization: busy / instances,
    binds: { name, says, source: SOURCES[name] },
  };
}

/** Upwards, but for what floating point adds. */
const atLeastOne = (roots: number): number => Math.max(1, Math.ceil(roots - 1e-9));

const short = (amount: number): string => amount.toLocaleString('en-US', { maximumSignificantDigits: 3 });

const saysProcessor = (busy: number, utilization: number): string =>
  `${short(busy)} processors busy, of which a root has one and should use ${short(100 * utilization)} %`;

const saysCalls = (waiting: number, calls: number): string =>
  `${short(waiting)} calls under way, of which a root has ${short(calls)} at most`;

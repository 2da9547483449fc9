/** Many requests of one scenario in one world, one after another, with the history of those before: how each of them fared. */
import type { RequestStatus } from '../shared/core/completion.ts';
import { callInTurn } from './caller.ts';
import { NO_FAULTS } from './faults.ts';
import { connect } from './functions.ts';
import { seededRandom } from './random.ts';
import type { Scenario } from './scenario.ts';
import { createWorld, type Watched, type World } from './world.ts';

/** Requests in turn, the next so many ms after the last was answered. */
export interface Series extends Scenario {
  readonly requests: number;
  readonly pauseMs: number;
}

/** How one request fared. */
export interface Fared {
  readonly requestId: string;
  readonly calledAt: number;
  /** From the call to the answer, as whoever waited saw it, in ms; `undefined` when they were given none. */
  readonly latencyMs?: number;
  /** Tasks that were published, as often as they were, and how many of them as second copies. */
  readonly attempts: number;
  readonly hedges: number;
  /** `undefined` when it was not closed. */
  readonly status?: RequestStatus;
  /** Whether it closed by the 95th percentile that its caller was told, if they were told one. */
  readonly likely?: 'kept' | 'missed';
}

/** Runs the series: the same seed, the same outcome. @throws what the code under it threw. */
export async function simulate(series: Series, seed: number): Promise<Fared[]> {
  const { requests, pauseMs } = series;
  const world = createWorld({ scenario: series, faults: NO_FAULTS, random: seededRandom(seed) });
  const fared: Fared[] = [];
  const calls = callInTurn(world, connect(world), {
    ...{ requests, pauseMs },
    seen: (request) => void fared.push(faredOf(world, request)),
  });
  await world.clock.run(Number.POSITIVE_INFINITY);
  await calls;
  for (const surprise of world.surprises) throw surprise;
  return fared;
}

function faredOf({ store }: World, request: Watched): Fared {
  const { requestId, published: attempts, copies: hedges, calledAt, answeredAt } = request;
  const { head, answers } = store.inspect(requestId);
  const answer = head?.answer ?? answers.get(1);
  return {
    ...{ requestId, calledAt, attempts, hedges },
    ...(answeredAt === undefined ? {} : { latencyMs: answeredAt - calledAt }),
    ...(answer && head?.state === 'closed' ? { status: answer.status } : {}),
    ...(answer && head?.likelyBy !== undefined ? { likely: answer.closedAt <= head.likelyBy ? 'kept' : 'missed' } : {}),
  };
}

/** Timers: messages of the timers queue, each for a purpose of its own, and how long one of them sleeps. */
import { InvalidEnvelopeError } from './errors.ts';
import type { ShardSight } from './evaluation.ts';
import { MAX_DELAY_SECONDS } from './limits.ts';
import { type Members, requireCount, requireObject, requireText } from './members.ts';

/** What every timer says: the request, its deadline, and how many timers came before this one in its chain. */
interface Sleeper {
  readonly requestId: string;
  readonly deadlineAt: number;
  readonly hops: number;
}

/** A deadline to come. Messages without a purpose are of this kind. */
export interface DeadlineTimer extends Sleeper {
  readonly purpose?: 'deadline';
}

/** Stragglers of the request may be due to be sent again. */
export interface HedgeTimer extends Sleeper {
  readonly purpose: 'hedge';
}

/** The next time that a larger request's hints are added up, and what is known of its open shards. */
export interface EvaluateTimer extends Sleeper {
  readonly purpose: 'evaluate';
  /** Of all messages for the same turn, those of one holder alone go on. */
  readonly holder: string;
  readonly sights: readonly ShardSight[];
}

export type Timer = DeadlineTimer | EvaluateTimer | HedgeTimer;

/** Reads what a purpose needs beside what every timer says. */
const READERS: { readonly [Purpose in NonNullable<Timer['purpose']>]: (members: Members, sleeper: Sleeper) => Timer } =
  {
    deadline: (_, sleeper) => sleeper,
    hedge: (_, sleeper) => ({ ...sleeper, purpose: 'hedge' }),
    evaluate: (members, sleeper) => {
      requireText(members, 'holder');
      return { ...sleeper, purpose: 'evaluate', holder: members.holder as string, sights: sightsOf(members) };
    },
  };

const SIGHT = ['shard', 'seenArrived', 'seenFailed', 'succeeded', 'failed'] as const;

function sightsOf({ sights }: Members): readonly ShardSight[] {
  if (!Array.isArray(sights)) throw new InvalidEnvelopeError('sights must be a list');
  for (const sight of sights) for (const name of SIGHT) requireCount(requireObject(sight, 'a sight'), name, 0);
  return sights;
}

/**
 * Reads a timer from a message body already parsed from JSON.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong; a purpose that is not known is wrong.
 */
export function parseTimer(body: unknown): Timer {
  const members = requireObject(body, 'a timer');
  requireText(members, 'requestId');
  for (const name of ['deadlineAt', 'hops']) requireCount(members, name, 0);
  const { requestId, deadlineAt, hops, purpose = 'deadline' } = members as unknown as Timer;
  const read = Object.hasOwn(READERS, purpose) ? READERS[purpose] : undefined;
  if (!read) throw new InvalidEnvelopeError(`purpose must be one of ${Object.keys(READERS).join(', ')}`);
  return read(members, { requestId, deadlineAt, hops });
}

/** Seconds until `at`, as one message may sleep them: rounded up, so that a timer is never early. */
export const delaySeconds = (at: number, now: number): number =>
  Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil((at - now) / 1_000)));

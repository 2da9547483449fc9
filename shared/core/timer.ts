/** Timers: messages of the timers queue, each for a purpose of its own, and how long one of them sleeps. */
import { InvalidEnvelopeError } from './errors.ts';
import type { ShardSight } from './evaluation.ts';
import { MAX_DELAY_SECONDS, WARDEN_MS } from './limits.ts';
import { type Members, requireCount, requireObject, requireText } from './members.ts';

/** What every timer says: the request, its deadline, and how many timers came before this one in its chain. */
interface Sleeper {
  readonly requestId: string;
  readonly deadlineAt: number;
  readonly hops: number;
}

/** A deadline to come, guarded from shortly before it until its request is closed. Messages without a purpose are of this kind. */
export interface DeadlineTimer extends Sleeper {
  readonly purpose?: 'deadline';
}

/** A request to be closed, now that its deadline has come. */
export interface ExpireTimer extends Sleeper {
  readonly purpose: 'expire';
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

/** Whether it is for the warden, who guards deadlines. */
export const isDeadline = (timer: Timer): timer is DeadlineTimer => (timer.purpose ?? 'deadline') === 'deadline';

export type Timer = DeadlineTimer | EvaluateTimer | ExpireTimer | HedgeTimer;

/** Reads what a purpose needs beside what every timer says. */
const READERS: { readonly [Purpose in NonNullable<Timer['purpose']>]: (members: Members, sleeper: Sleeper) => Timer } =
  {
    deadline: (_, sleeper) => sleeper,
    expire: (_, sleeper) => ({ ...sleeper, purpose: 'expire' }),
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

/**
 * A request that is open still is guarded from so long before its deadline on, in ms: a message of the warden's that is lost
 * comes again twice until then.
 */
export const GUARDED_MS = 2 * WARDEN_MS;

/**
 * Messages sleep whole seconds. One that is to close a request comes up to so long before the deadline, in ms, rather than
 * after it, and its function waits for the rest: by clocks that agree that is what a deadline has beyond whole seconds.
 */
export const WAITED_OUT_MS = 500;

/** How often a request is looked at whose deadline has passed, in ms: at first, and later by its age, as a share of it. */
const LOOK_AGAIN = { atFirst: 1_000, share: 1 / 4 } as const;

/**
 * What is to be sent at `now` for a deadline to come: one message that sleeps while it is far; near it, and past it, one that
 * closes the request, and apart from that one that sees whether it is closed.
 */
export function deadlineTimers(
  { requestId, deadlineAt, hops }: DeadlineTimer,
  now: number,
): readonly (readonly [Timer, delaySeconds: number])[] {
  const guard = { requestId, deadlineAt, hops };
  if (now < deadlineAt - GUARDED_MS) return [[guard, delaySeconds(deadlineAt - GUARDED_MS, now)]];
  const closeAt = Math.max(now, deadlineAt);
  const lookAt = closeAt + Math.max(LOOK_AGAIN.atFirst, (now - deadlineAt) * LOOK_AGAIN.share);
  return [
    [{ ...guard, purpose: 'expire' }, delaySeconds(closeAt - WAITED_OUT_MS, now)],
    [guard, delaySeconds(lookAt - WAITED_OUT_MS, now)],
  ];
}

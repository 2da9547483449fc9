/** The public representation of a roll-call: one shape whether it runs or has ended. */
import { type RollCall, type RollCallOutcome, rollCallPath } from '../core/roll-call/roll-call.ts';
import type { RollCallView } from './roll-call-schemas.ts';

export function rollCallView(rollCall: RollCall, outcome?: RollCallOutcome): RollCallView {
  const { rollCallId, askedAt, windowMs } = rollCall;
  const { status, present, presentNotShown, absent, closedAt } = { ...RUNNING, ...outcome };
  return {
    ...{ rollCallId, status, askedAt, windowMs },
    closedAfterMs: closedAt === undefined ? null : Math.max(0, closedAt - askedAt),
    present: present.map((instance) => ({ ...instance, ...metadataOf(instance) })),
    ...(presentNotShown > 0 ? { presentNotShown } : {}),
    absent: [...absent],
    links: { self: rollCallPath(rollCallId) },
  };
}

const RUNNING = { status: 'running', present: [], presentNotShown: 0, absent: [], closedAt: undefined } as const;

const metadataOf = ({ metadata }: RollCallOutcome['present'][number]) =>
  metadata ? { metadata: { ...metadata } } : {};

/** Builders of roll-calls: a test states only what matters to it. */
import type { Clock, Ids } from '../../shared/core/ports/runtime.ts';
import type { RollAnswer, RollCall, RollCallEnvelope } from '../../shared/core/roll-call/roll-call.ts';
import type { RollCalling } from '../../shared/roll-call/context.ts';
import { type CapturedTelemetry, capturedTelemetry, countingIds } from './fakes.ts';
import { createMemoryCensus } from './memory-census.ts';
import { createMemoryRollCalls } from './memory-roll-calls.ts';

/** An open roll-call of two seconds that asks everybody. */
export const aRollCall = (changes: Partial<RollCall> = {}): RollCall => ({
  ...{ rollCallId: 'roll-call', owner: 'owner', answersToken: 'token', askedAt: 1_000_000, state: 'open', arrived: 0 },
  ...{ windowMs: 2_000, minWindowMs: 250, ttlEpochSeconds: 2_000_000_000 },
  ...changes,
});

export const anInstance = (changes: Partial<RollAnswer> = {}): RollAnswer => ({
  ...{ service: 'pricing', instanceId: 'i-1', receivedAt: 1_000_100 },
  ...changes,
});

/** Roll-calls in memory; whoever is asked does `answer`. */
export interface RollCallWorld extends RollCalling {
  readonly ids: Ids;
  readonly telemetry: CapturedTelemetry;
  readonly asked: RollCallEnvelope[];
}

export function aRollCallWorld(clock: Clock, answer: (envelope: RollCallEnvelope) => Promise<void> = async () => {}) {
  const asked: RollCallEnvelope[] = [];
  const world: RollCallWorld = {
    ...{
      store: createMemoryRollCalls(),
      census: createMemoryCensus(),
      clock,
      ids: countingIds(),
      telemetry: capturedTelemetry(),
      asked,
    },
    ...{ replyTo: 'answers', retentionMs: 3_600_000 },
    topic: {
      async publish(envelope) {
        asked.push(envelope);
        await answer(envelope);
      },
    },
  };
  return world;
}

/** Roll-calls in memory, held to the same contract as the table's. */
import type { RollCallStore } from '../../shared/core/roll-call/ports.ts';
import type { AnswersChunk, RollCall, RollCallOutcome } from '../../shared/core/roll-call/roll-call.ts';

export function createMemoryRollCalls(): RollCallStore {
  const heads = new Map<string, RollCall>();
  const answers = new Map<string, AnswersChunk[]>();
  const outcomes = new Map<string, RollCallOutcome>();
  const read: RollCallStore['read'] = async (rollCallId, now) => {
    const head = heads.get(rollCallId);
    return head && head.ttlEpochSeconds * 1_000 > now ? head : undefined;
  };
  const placeOf = (rollCallId: string, token: string): string => JSON.stringify([rollCallId, token]);
  return {
    read,
    glance: read,
    async register(rollCall) {
      if (!heads.has(rollCall.rollCallId)) heads.set(rollCall.rollCallId, rollCall);
    },
    async putAnswers({ rollCallId }, token, chunk) {
      const known = answers.get(placeOf(rollCallId, token)) ?? [];
      if (known.every(({ chunkId }) => chunkId !== chunk.chunkId))
        answers.set(placeOf(rollCallId, token), [...known, chunk]);
    },
    async mark(rollCallId, token, arrived, most) {
      const head = heads.get(rollCallId);
      if (head?.state !== 'open' || head.answersToken !== token || head.arrived >= most) return 'refused';
      heads.set(rollCallId, { ...head, arrived: head.arrived + arrived });
      return 'marked';
    },
    async readAnswers({ rollCallId, answersToken }) {
      return [...(answers.get(placeOf(rollCallId, answersToken)) ?? [])];
    },
    async close(rollCallId, at) {
      const head = heads.get(rollCallId);
      if (head?.state !== 'open') return 'refused';
      const closed: RollCall = { ...head, state: 'closed', closedAt: at };
      heads.set(rollCallId, closed);
      return closed;
    },
    async putOutcome({ rollCallId }, outcome) {
      const kept = outcomes.get(rollCallId) ?? outcome;
      outcomes.set(rollCallId, kept);
      return kept;
    },
    async readOutcome(rollCallId) {
      return outcomes.get(rollCallId);
    },
  };
}

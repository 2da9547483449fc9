/** The end of a request and its answers, in memory. */
import type { Head } from '../../../shared/core/gathering.ts';
import { NOTICE_MARKS } from '../../../shared/core/gathering.ts';
import type { ClosingStore } from '../../../shared/core/ports/gathering-store.ts';
import type { Keep } from './kept.ts';
import { putOnce } from './put-once.ts';

export function closing(keep: Keep): ClosingStore {
  return {
    async beginClosing({ requestId, reason, at, unscattered, error }) {
      const kept = keep(requestId);
      const { head } = kept;
      if (head?.state !== 'open') return 'refused';
      if (head.scatteredAt === undefined && !unscattered) return 'refused';
      kept.head = { ...head, sealedAt: at, state: 'closing', reason, closingAt: at, ...(error ? { error } : {}) };
      return kept.head;
    },
    async putAnswer(requestId, answer) {
      return putOnce(keep(requestId).answers, answer.version, answer, 'the aggregate');
    },
    async readAnswer(requestId, version) {
      return structuredClone(keep(requestId).answers.get(version));
    },
    async publishClosed(requestId, { version, closedAt }) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'closing') return 'already-closed';
      kept.head = { ...kept.head, state: 'closed', closedAt, version };
      return 'published';
    },
    async publishAmended(requestId, version) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'closed' || kept.head.version !== version - 1) return 'refused';
      kept.head = { ...kept.head, version };
      return 'published';
    },
    async clearNotice(requestId, kind) {
      const kept = keep(requestId);
      const { [NOTICE_MARKS[kind]]: _, ...head } = kept.head ?? {};
      if (kept.head) kept.head = head as Head;
    },
    async noteCalled(requestId, at) {
      const kept = keep(requestId);
      if (kept.head?.callbackTo) kept.head = { calledAt: at, ...kept.head };
    },
    async closeAtOnce(requestId, answer, inside) {
      const { completionReason: reason, version, closedAt } = answer;
      const kept = keep(requestId);
      if (kept.head?.state !== 'open') return 'refused';
      const inner = inside ? { answer: structuredClone(answer) } : {};
      kept.head = { ...kept.head, state: 'closed', reason, sealedAt: closedAt, closedAt, version, ...inner };
      return 'published';
    },
    async closeWhole({ header, arrived, answer, inside }) {
      const { completionReason: reason, version, closedAt } = answer;
      const kept = keep(header.requestId);
      const { head } = kept;
      const agrees =
        head && (Object.keys(header) as (keyof typeof header)[]).every((name) => head[name] === header[name]);
      if (head?.state !== 'open' || head.arrived !== 0 || !agrees) return 'refused';
      const chunks = inside ? { chunks: [structuredClone(inside)] } : {};
      const closed = { state: 'closed', reason, sealedAt: closedAt, closedAt, version, arrived } as const;
      kept.head = { ...head, ...closed, ...chunks, answer: structuredClone(answer) };
      return kept.head;
    },
  };
}

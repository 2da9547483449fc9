/** From `open` by `closing` to `closed`, and the answers on the way. */
import type { ClaimStore, GatheringStore } from '../../core/ports.ts';
import { answerKey, decodeAnswer, decodeHead, encodeAnswer, encodeInnerAnswer, headKey } from '../items.ts';
import { getItem, putIfAbsent, type Table, updateItem } from '../table.ts';
import { isClosed, isClosing, isDue, isOpen, STATE, versionIsBefore, wasScattered } from './clauses.ts';

/** What nobody asks a complete request for. A write is billed by the KB, and this makes room for an answer. */
const NOT_NEEDED = '#input, lookAt, failLookAt';

/** The marks of notices in a head. */
const MARKS = { topic: 'topicNotice', callback: 'callbackTo' } as const;

export function closing(
  table: Table,
  claims: ClaimStore,
): Pick<
  GatheringStore,
  'beginClosing' | 'putAnswer' | 'readAnswer' | 'publishClosed' | 'closeAtOnce' | 'publishAmended' | 'clearNotice'
> {
  const readAnswer: GatheringStore['readAnswer'] = async (requestId, version) => {
    const item = await getItem(table, answerKey(requestId, version));
    return item && decodeAnswer({ claims, requestId }, item);
  };
  return {
    readAnswer,
    async closeAtOnce(requestId, answer, inside) {
      const { completionReason: reason, version, closedAt } = answer;
      const kept = inside ? { answer: encodeInnerAnswer(answer) } : {};
      const item = await updateItem(table, headKey(requestId), {
        set: `SET #state = :closed, reason = :reason, sealedAt = :at, closedAt = :at, version = :version${inside ? ', answer = :answer' : ''} REMOVE ${NOT_NEEDED}`,
        when: isOpen,
        values: { open: 'open', closed: 'closed', reason, at: closedAt, version, ...kept },
        names: { ...STATE, '#input': 'input' },
      });
      return item === 'refused' ? item : 'published';
    },
    async beginClosing({ requestId, reason, at, unscattered, error }) {
      const item = await updateItem(table, headKey(requestId), {
        set: `SET #state = :closing, closingAt = :at, reason = :reason, sealedAt = :at${error ? ', #error = :error' : ''}`,
        when: unscattered ? isOpen : `${isOpen} AND ${wasScattered}`,
        values: { open: 'open', closing: 'closing', at, reason, ...(error ? { error } : {}) },
        names: { ...STATE, ...(error ? { '#error': 'error' } : {}) },
      });
      return item === 'refused' ? item : decodeHead(item);
    },
    async putAnswer(requestId, answer, ttlEpochSeconds) {
      const key = answerKey(requestId, answer.version);
      const item = await encodeAnswer({ claims, requestId, ttlEpochSeconds }, answer);
      const outcome = await putIfAbsent(table, { ...key, ...item, ttlEpochSeconds });
      return outcome === 'put' ? answer : ((await readAnswer(requestId, answer.version)) ?? answer);
    },
    async publishClosed(requestId, { version, closedAt }) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET #state = :closed, closedAt = :closedAt, version = :version',
        when: isClosing,
        values: { closing: 'closing', closed: 'closed', closedAt, version },
        names: STATE,
      });
      return item === 'refused' ? 'already-closed' : 'published';
    },
    async publishAmended(requestId, version) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET version = :version',
        when: `${isClosed} AND ${versionIsBefore}`,
        values: { closed: 'closed', before: version - 1, version },
        names: STATE,
      });
      return item === 'refused' ? item : 'published';
    },
    async clearNotice(requestId, kind) {
      const mark = MARKS[kind];
      await updateItem(table, headKey(requestId), { set: `REMOVE ${mark}`, when: isDue(mark), values: {} });
    },
  };
}

/** From `open` by `closing` to `closed`, and the answers on the way. */
import type { Answer } from '../../core/answer.ts';
import { NOTICE_MARKS } from '../../core/gathering.ts';
import type { ClaimStore } from '../../core/ports/claim-store.ts';
import type { ClosingStore } from '../../core/ports/gathering-store.ts';
import { answerKey, decodeAnswer, decodeHead, encodeAnswer, encodeInnerAnswer, headKey, INSIDE } from '../items.ts';
import { pack } from '../keeping.ts';
import { getItem, putIfAbsent, type Table, updateItem } from '../table.ts';
import {
  agreesWithHeader,
  isClosed,
  isClosing,
  isDue,
  isOpen,
  isUnmarked,
  STATE,
  tokenIsOurs,
  versionIsBefore,
  wasScattered,
} from './clauses.ts';

/** What nobody asks a complete request for. A write is billed by the KB, and this makes room for an answer. */
const NOT_NEEDED = '#input, lookAt, failLookAt';
const CLOSED = '#state = :closed, reason = :reason, sealedAt = :at, closedAt = :at, version = :version';
const closedValues = ({ completionReason: reason, version, closedAt: at }: Answer) => ({
  ...{ open: 'open', closed: 'closed', reason, at, version },
});
const NAMES = { ...STATE, '#input': 'input' };

export function closing(table: Table, claims: ClaimStore): ClosingStore {
  const readAnswer: ClosingStore['readAnswer'] = async (requestId, version) => {
    const item = await getItem(table, answerKey(requestId, version));
    return item && decodeAnswer({ claims, requestId }, item);
  };
  return {
    readAnswer,
    async closeAtOnce(requestId, answer, inside) {
      const item = await updateItem(table, headKey(requestId), {
        set: `SET ${CLOSED}${inside ? ', answer = :answer' : ''} REMOVE ${NOT_NEEDED}`,
        when: isOpen,
        values: { ...closedValues(answer), ...(inside ? { answer: encodeInnerAnswer(answer) } : {}) },
        names: NAMES,
      });
      return item === 'refused' ? item : 'published';
    },
    async closeWhole({ header: { requestId, ...header }, arrived, answer, inside }) {
      const chunk = inside ? ', #chunk = :chunk' : '';
      const item = await updateItem(table, headKey(requestId), {
        set: `SET ${CLOSED}, arrived = :arrived, answer = :answer${chunk} REMOVE ${NOT_NEEDED}`,
        when: `${isOpen} AND ${isUnmarked} AND ${tokenIsOurs} AND ${agreesWithHeader}`,
        values: {
          ...{ ...closedValues(answer), ...header, arrived, none: 0, answer: encodeInnerAnswer(answer) },
          ...(inside ? { chunk: pack(inside.results) } : {}),
        },
        names: { ...NAMES, ...(inside ? { '#chunk': `${INSIDE}${inside.chunkId}` } : {}) },
      });
      return item === 'refused' ? item : decodeHead(item);
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
      const mark = NOTICE_MARKS[kind];
      await updateItem(table, headKey(requestId), { set: `REMOVE ${mark}`, when: isDue(mark), values: {} });
    },
    async noteCalled(requestId, at) {
      const set = 'SET calledAt = if_not_exists(calledAt, :at)';
      await updateItem(table, headKey(requestId), { set, when: isDue(NOTICE_MARKS.callback), values: { at } });
    },
  };
}

/** What a request remembers of those that its tasks asked for. */
import type { NestingStore } from '../../core/ports/gathering-store.ts';
import { decodeNested, headKey, nestedEnd, nestedKey, nestedStart } from '../items.ts';
import { putIfAbsent, queryBetween, type Table, updateItem } from '../table.ts';
import { isOpen, STATE } from './clauses.ts';

export function nesting(table: Table): NestingStore {
  return {
    async putNested(requestId, nested, ttlEpochSeconds) {
      await putIfAbsent(table, { ...nestedKey(requestId, nested), ttlEpochSeconds });
    },
    async markNests(requestId) {
      const item = await updateItem(table, headKey(requestId), {
        set: 'SET nests = :true',
        when: isOpen,
        values: { true: true, open: 'open' },
        names: STATE,
      });
      return item === 'refused' ? item : 'marked';
    },
    async readNested(requestId, after, most) {
      const items = await queryBetween(table, requestId, [nestedStart(after), nestedEnd], most);
      return items.map(decodeNested);
    },
  };
}

/** What a request remembers of those that its tasks asked for, in memory. */
import type { NestedName } from '../../../shared/core/gathering.ts';
import type { NestingStore } from '../../../shared/core/ports/gathering-store.ts';
import type { Keep } from './kept.ts';

export function nesting(keep: Keep): NestingStore {
  const nameOf = ({ taskIndex, requestId }: NestedName) => `${String(taskIndex).padStart(9, '0')}#${requestId}`;
  return {
    async putNested(requestId, nested) {
      keep(requestId).nested.set(nameOf(nested), nested);
    },
    async markNests(requestId) {
      const kept = keep(requestId);
      if (kept.head?.state !== 'open') return 'refused';
      kept.head = { ...kept.head, nests: true };
      return 'marked';
    },
    async readNested(requestId, after, most) {
      const names = [...keep(requestId).nested].sort(([a], [b]) => (a < b ? -1 : 1));
      const behind = names.filter(([name]) => !after || name > nameOf(after));
      return behind.slice(0, most).map(([, nested]) => nested);
    },
  };
}

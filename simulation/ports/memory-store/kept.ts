/** What the memory store keeps. */
import type { Answer, FoldedShard } from '../../../shared/core/answer.ts';
import type { Head, NestedName, Tally, TallyAddress } from '../../../shared/core/gathering.ts';
import type { Chunk } from '../../../shared/core/membership.ts';

export type KeptShard = Tally & {
  readonly resultsToken: string;
  readonly leasedBy?: string;
  readonly leasedUntil?: number;
};

/** What is kept for one request. Values are replaced, never changed in place. */
export interface Kept {
  head?: Head;
  input?: unknown;
  readonly shards: Map<number, KeptShard>;
  readonly chunks: Map<TallyAddress['place'], (Chunk & { readonly resultsToken: string })[]>;
  readonly folds: Map<TallyAddress['place'], FoldedShard>;
  readonly answers: Map<number, Answer>;
  readonly nested: Map<string, NestedName>;
}

export type Keep = (requestId: string) => Kept;

/** Tags of representations (RFC 9110, 8.8): strong for a closed answer, which never changes, weak while it runs. */
import type { Head } from '../core/gathering.ts';

/** The tag of an answer's version. */
export const closedTag = (requestId: string, version: number): string => `"${requestId}-v${version}"`;

/** The tag of a running request with these hints: it changes with every mark, and every shard of a larger one. */
export const runningTag = (
  { requestId, state, scattered, folded }: Pick<Head, 'requestId' | 'state' | 'scattered' | 'folded'>,
  hints: { readonly arrived: number; readonly failed: number },
): string => {
  const shards = scattered || folded ? `-${scattered?.size ?? 0}-${folded?.size ?? 0}` : '';
  return `W/"${requestId}-${state}-${hints.arrived}-${hints.failed}${shards}"`;
};

/** Whether an `If-None-Match` header names `tag`, by weak comparison. */
export function noneMatch(ifNoneMatch: string | undefined, tag: string): boolean {
  const named = (ifNoneMatch ?? '').split(',').map((candidate) => candidate.trim());
  return named.includes('*') || named.map(opaque).includes(opaque(tag));
}

const opaque = (tag: string): string => tag.replace(/^W\//, '');

/**
 * The leaf of `fetch-all`: one address, fetched within limits of time, size and redirects. It trusts neither who gave the
 * address nor who answers: each address on the way is one that the deployment lists, and no connection goes to one that is
 * not public unless the deployment says that any may be.
 */
import { messageOf } from '../../shared/core/errors.ts';
import type { Leaf } from '../../shared/core/job.ts';
import { guardedLookup, type Resolve } from '../../shared/net/guarded-lookup.ts';
import { isPublic as isPublicAddress } from '../../shared/net/public-address.ts';
import { type Getting, type Got, get } from './get.ts';
import { allowedUrl, refused } from './hosts.ts';
import type { Fetched } from './job.ts';
import { jsonOf } from './json-body.ts';

/** From the first look-up to the last byte, redirects included: two attempts fit into the job's deadline. */
const FETCH_MS = 8_000;
const REDIRECTS = 5;

interface Payload {
  readonly url: string;
}

/** What a test may have otherwise: what names resolve to, what is public, how long is too long. */
interface Surroundings {
  readonly resolve?: Resolve;
  readonly isPublic?: Getting['mayConnect'];
  readonly mostMs?: number;
}

export const fetchLeaf =
  ({ resolve, isPublic = isPublicAddress, mostMs = FETCH_MS }: Surroundings = {}): Leaf<Payload, Fetched> =>
  async ({ url }, { signal: ending, settings: { hosts = 'none', addresses = 'public' } = {} }) => {
    const mayConnect = addresses === 'any' ? () => true : isPublic;
    const tooLong = AbortSignal.timeout(mostMs);
    const signal = AbortSignal.any([ending, tooLong]);
    try {
      return await follow(url, hosts, { lookup: guardedLookup(mayConnect, resolve), mayConnect, signal });
    } catch (error) {
      if (tooLong.aborted && !ending.aborted) throw new Error(`timed-out: it took longer than ${mostMs} ms`);
      throw isOurs(error) ? error : new Error(`no-answer: ${messageOf(error, 300)}`, { cause: error });
    }
  };

export const leaf = fetchLeaf();

const isOurs = (error: unknown): boolean => error instanceof Error && 'retryable' in error;

async function follow(text: string, hosts: string, getting: Getting): Promise<Fetched> {
  const first = allowedUrl(text, hosts);
  let url = first;
  for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
    const got = await get(url, getting);
    if (got.location === undefined) return fetchedOf(first, url, got);
    url = allowedUrl(got.location, hosts, url);
  }
  throw refused('too-many-redirects', `it redirects more than ${REDIRECTS} times`);
}

function fetchedOf(first: URL, last: URL, got: Got): Fetched {
  const { status, contentType, body } = got;
  return {
    url: first.href,
    ...(last.href !== first.href && { finalUrl: last.href }),
    status,
    ...(contentType !== undefined && { contentType }),
    bytes: body.length,
    ...jsonOf(got),
  };
}

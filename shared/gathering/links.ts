/** Links in an aggregate, in place of the references that a job left in it: signed whenever it is read, since they end. */
import { type Claim, type ClaimReference, isReference } from '../core/claim.ts';
import type { Head } from '../core/gathering.ts';
import { LIMITS } from '../core/limits.ts';
import { type Link, linkTo } from './claims.ts';
import type { Gathering } from './context.ts';

/** What a reader finds in place of a reference. */
interface LinkedValue {
  $link?: Link;
}

export interface Linked {
  readonly aggregate: unknown;
  /** Whether there are links in it. */
  readonly hasLinks: boolean;
}

/** The aggregate with its first `LIMITS.linksPerAnswer` references, in the order of its JSON, as links. */
export async function withLinks(gathering: Gathering, { requestId, job }: Head, aggregate: unknown): Promise<Linked> {
  if (gathering.jobs.get(job)?.values !== 'claims') return { aggregate, hasLinks: false };
  const found: { readonly claim: Claim; readonly place: LinkedValue }[] = [];
  const linked = mapReferences(aggregate, (reference) => {
    if (found.length === LIMITS.linksPerAnswer) return reference;
    const place: LinkedValue = {};
    found.push({ claim: reference.$claim, place });
    return place;
  });
  const sign = async ({ claim, place }: (typeof found)[number]) => {
    place.$link = await linkTo(gathering, requestId, claim);
  };
  await Promise.all(found.map(sign));
  return { aggregate: linked, hasLinks: found.length > 0 };
}

function mapReferences(value: unknown, each: (reference: ClaimReference) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isReference(value)) return each(value);
  if (Array.isArray(value)) return value.map((entry) => mapReferences(entry, each));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapReferences(member, each)]));
}

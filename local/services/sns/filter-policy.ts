import { LocalCloudError } from '../../failure.ts';
import { isObject, type Json } from '../../template/json.ts';
import type { Resource } from '../../template/stack.ts';

/**
 * The attributes that make a subscription filter. Only lists of exact strings on message attributes are taken: fauxqs judges most
 * other filters as AWS does, but not all, and lets everything through one that it cannot read.
 */
export function filterPolicy({ logicalId, properties }: Resource): Record<string, string> {
  const { FilterPolicy, FilterPolicyScope = 'MessageAttributes' } = properties;
  if (FilterPolicy === undefined) return {};
  if (
    FilterPolicyScope !== 'MessageAttributes' ||
    !isObject(FilterPolicy) ||
    !Object.values(FilterPolicy).every(isExact)
  )
    throw new LocalCloudError(
      'unsupported',
      `${logicalId}: the local cloud filters on exact strings of message attributes only (FilterPolicy)`,
    );
  return { FilterPolicy: JSON.stringify(FilterPolicy), FilterPolicyScope };
}

function isExact(condition: Json): boolean {
  return Array.isArray(condition) && condition.every((each) => typeof each === 'string');
}

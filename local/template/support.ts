/**
 * Says whether the local cloud can run a template honestly. Every property is emulated, or ignored for a written reason;
 * whatever is on neither list stops the start, because silence would let a template behave otherwise here than on AWS.
 */
import { LocalCloudError } from '../failure.ts';
import type { Assembly } from './assembly.ts';
import { EMULATED_TYPES } from './emulated-types.ts';
import { IGNORED_TYPES } from './ignored-types.ts';
import { isObject, type Json } from './json.ts';
import { existingResources } from './stack.ts';

/** `emulated` covers the whole value; `within` goes on to the properties of an object, or of each object in a list. */
export type Support =
  | 'emulated'
  | { readonly ignored: string }
  | { readonly within: Readonly<Record<string, Support>> };

/** A type whose every property is ignored gives one reason for all. Its properties are listed even so: a typo is a typo. */
export type TypeSupport =
  | { readonly properties: Readonly<Record<string, Support>> }
  | { readonly ignored: string; readonly properties: readonly string[] };

const RESOURCE_ATTRIBUTES = new Set([
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
]);

/** Throws `unsupported`, naming the logical id and the property, unless everything in the template is on a list. */
export function assertSupported(assembly: Assembly): void {
  const problems = existingResources(assembly).flatMap(([logicalId, declaration]) => [
    ...Object.keys(declaration)
      .filter((key) => !RESOURCE_ATTRIBUTES.has(key))
      .map((key) => `${logicalId} (${declaration.Type}): the local cloud does not know the resource attribute ${key}`),
    ...unsupportedProperties(declaration.Type, declaration.Properties ?? {}).map(
      (problem) => `${logicalId} (${declaration.Type}): ${problem}`,
    ),
  ]);
  const [first, ...others] = problems;
  if (first)
    throw new LocalCloudError(
      'unsupported',
      others.length > 0 ? `${first} (and ${others.length} more like it)` : first,
    );
}

function unsupportedProperties(type: string, properties: Json): string[] {
  const support = EMULATED_TYPES[type] ?? IGNORED_TYPES[type];
  if (!support) return ['the local cloud does not know this type'];
  if ('ignored' in support) {
    const known = new Set(support.properties);
    return Object.keys(properties ?? {})
      .filter((key) => !known.has(key))
      .map(unknown);
  }
  return unsupportedWithin(support.properties, properties, '');
}

function unsupportedWithin(known: Readonly<Record<string, Support>>, value: Json, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => unsupportedWithin(known, each, path));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const support = known[key];
    if (support === undefined) return [unknown(path + key)];
    return typeof support === 'object' && 'within' in support
      ? unsupportedWithin(support.within, each, `${path}${key}.`)
      : [];
  });
}

function unknown(property: string): string {
  return `the local cloud does not know the property ${property}`;
}

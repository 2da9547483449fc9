/** JSON as it travels: SQS and SNS take only the characters of XML 1.0 (SQS API reference, SendMessage, 2026-11). */

/** JSON of `value` with what a message may not hold, or holds only by halves, escaped: surrogates, U+FFFE and U+FFFF. */
export const wireJson = (value: unknown): string => escaped(JSON.stringify(value) ?? 'null');

const escaped = (json: string): string =>
  json.replace(/[\ud800-\udfff\ufffe\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const encoder = new TextEncoder();
const ASCII = /^[\0-\x7f]*$/;

/** Bytes of `value` as it travels. */
export const wireBytes = (value: unknown): number => bytesOf(JSON.stringify(value) ?? 'null');

/** Most JSON is ASCII, whose length needs no encoding: this is asked of every task. */
const bytesOf = (json: string): number => (ASCII.test(json) ? json.length : encoder.encode(escaped(json)).length);

/** Bytes of a text as UTF-8. */
export const utf8Bytes = (text: string): number => (ASCII.test(text) ? text.length : encoder.encode(text).length);

/** A surrogate, escaped. */
const WIDEST_BYTES = 6;

/** Whether JSON takes so many bytes at most as it travels; of what is far below that, nothing is counted. */
export const fits = (json: string, bytes: number): boolean =>
  json.length * WIDEST_BYTES <= bytes || (json.length <= bytes && bytesOf(json) <= bytes);

/**
 * Bytes of what somebody sent, as it travels, if they are over `limit`; `undefined` where it fits. `Infinity` of what is nested
 * so deep that it can be read, and not be written.
 */
export function bytesOver(value: unknown, limit: number): number | undefined {
  try {
    const json = JSON.stringify(value) ?? 'null';
    return fits(json, limit) ? undefined : bytesOf(json);
  } catch (error) {
    if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** Why a value is not what JSON would make of it: the first member, by its path, that is none of JSON's. */
export interface NotJson {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * A value as it is once it was written down and read again; or why that would be something else. Members that are `undefined`
 * are left out: that is how optional ones are said not to be there.
 */
export function asJson(value: unknown): { readonly value: unknown } | NotJson {
  try {
    return notJson(value, []) ?? { value: JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    if (error instanceof RangeError) return { path: [], message: 'is nested too deep' };
    throw error;
  }
}

function notJson(value: unknown, path: readonly string[]): NotJson | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value))
    return undefined;
  if (typeof value !== 'object') return { path, message: `is ${nameOf(value)}, which JSON cannot hold` };
  const isPlain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isPlain) return { path, message: `is ${nameOf(value)}, which JSON cannot hold` };
  for (const [name, member] of Object.entries(value)) {
    const found = member === undefined && !Array.isArray(value) ? undefined : notJson(member, [...path, name]);
    if (found) return found;
  }
  return undefined;
}

const nameOf = (value: unknown): string =>
  typeof value === 'object'
    ? `a ${value?.constructor?.name}`
    : typeof value === 'number'
      ? String(value)
      : `of type ${typeof value}`;

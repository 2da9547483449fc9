/** JSON as it travels: SQS and SNS take only the characters of XML 1.0 (SQS API reference, SendMessage, 2026-11). */

/** JSON of `value` with what a message may not hold, or holds only by halves, escaped: surrogates, U+FFFE and U+FFFF. */
export const wireJson = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replace(
    /[\ud800-\udfff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Bytes of what somebody sent, as it travels; `Infinity` of what is nested so deep that it can be read, and not be written. */
export function sentBytes(value: unknown): number {
  try {
    return wireBytes(value);
  } catch (error) {
    if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

const encoder = new TextEncoder();
const ASCII = /^[\0-\x7f]*$/;

/** Bytes of `value` as it travels. Most JSON is ASCII, whose length needs no encoding: this is asked of every result. */
export function wireBytes(value: unknown): number {
  const json = JSON.stringify(value) ?? 'null';
  return ASCII.test(json) ? json.length : encoder.encode(wireJson(value)).length;
}

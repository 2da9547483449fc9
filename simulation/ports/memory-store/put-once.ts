/** Values as the real store keeps them: JSON, and not too large. */
import { FanfoldError } from '../../../shared/core/errors.ts';
import { LIMITS } from '../../../shared/core/limits.ts';

function sizeOf(value: unknown, what: string): number {
  try {
    return JSON.stringify(value).length;
  } catch (cause) {
    throw new FanfoldError('item-not-json', `${what} is not JSON`, { cause });
  }
}

/** Keeps a value under a name unless there is one; the one in force. Throws as for an item that cannot be kept. */
export function putOnce<Name, Value>(kept: Map<Name, Value>, name: Name, value: Value, what: string): Value {
  const size = sizeOf(value, what);
  if (size > LIMITS.claimBytes)
    throw new FanfoldError('item-too-large', `${what} takes ${size} bytes, over the limit of ${LIMITS.claimBytes}`);
  const existing = kept.get(name);
  if (existing === undefined) kept.set(name, structuredClone(value));
  return structuredClone(existing ?? value);
}

/** The members of a message that nobody vouches for, required one by one; the error names the first that is wrong. */
import { InvalidEnvelopeError } from './errors.ts';

export type Members = Record<string, unknown>;

export function requireObject(value: unknown, name: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidEnvelopeError(`${name} must be an object`);
  return value as Members;
}

export function requireText(members: Members, name: string, maxLength = 1_024): void {
  const value = members[name];
  if (typeof value !== 'string' || value === '' || value.length > maxLength)
    throw new InvalidEnvelopeError(`${name} must be a text of 1 to ${maxLength} characters`);
}

export function requireCount(members: Members, name: string, min: number): void {
  const value = members[name];
  if (!Number.isSafeInteger(value) || (value as number) < min)
    throw new InvalidEnvelopeError(`${name} must be a whole number from ${min}`);
}

export function requireList(members: Members, name: string): Members[] {
  const value = members[name];
  if (!Array.isArray(value) || value.length === 0) throw new InvalidEnvelopeError(`${name} must be a list, not empty`);
  return value.map((entry) => requireObject(entry, `an entry of ${name}`));
}

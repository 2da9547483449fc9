/** Sums and shares of usage, line by line. */
import { keyOf, type Usage, type UsageLine } from '../../../local/billing/usage.ts';

/** All of them together. */
export function addUp(usages: readonly Usage[]): Usage {
  const sums = new Map<string, UsageLine>();
  for (const line of usages.flat())
    sums.set(keyOf(line), { ...line, amount: line.amount + (sums.get(keyOf(line))?.amount ?? 0) });
  return [...sums.values()];
}

export const times = (usage: Usage, factor: number): Usage =>
  usage.map((line) => ({ ...line, amount: line.amount * factor }));

export const minus = (usage: Usage, less: Usage): Usage => addUp([usage, times(less, -1)]);

export const mean = (usages: readonly Usage[]): Usage => times(addUp(usages), 1 / usages.length);

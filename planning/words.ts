/** Numbers as somebody reads them. */

/** Three digits that count, in the unit that suits. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${digits(ms)} ms`;
  if (ms < 59_950) return `${digits(ms / 1_000)} s`;
  if (ms < 3_597_000) return `${digits(ms / 60_000)} min`;
  return `${digits(ms / 3_600_000)} h`;
}

export const digits = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });

export const count = (value: number): string => value.toLocaleString('en-US');

export const counted = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? '' : 's'}`;

/** A probability; never 100 % unless it is, since the nines are what somebody looks for. */
export function percent(share: number): string {
  if (share === 1) return '100 %';
  if (share < 0.999) return `${digits(share * 100)} %`;
  const nines = Math.min(9, Math.ceil(-Math.log10(1 - share)));
  return `${(Math.floor(share * 10 ** nines) / 10 ** (nines - 2)).toFixed(Math.max(0, nines - 2))} %`;
}

export const dollars = (amount: number): string =>
  amount >= 0.01 ? `$${digits(amount)}` : `$${amount.toFixed(Math.min(12, 2 - Math.floor(Math.log10(amount || 1))))}`;

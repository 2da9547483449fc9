/** The prices that a plan needs, from the one file that has them; each a number of dollars for one unit. */
import table from '../../../prices/us-east-1.json' with { type: 'json' };

/** Where the prices are those of. */
export const PRICE_REGION = table.region;

type PriceName = keyof typeof table.metered;

/** What one unit of `name` costs, in dollars. */
export const dollarsPer = (name: PriceName): number => table.metered[name].dollars / table.metered[name].for;

/** Amounts of what has a price. */
export type Units = Readonly<Partial<Record<PriceName, number>>>;

export const dollarsOf = (units: Units): number =>
  Object.entries(units).reduce((sum, [name, amount]) => sum + amount * dollarsPer(name as PriceName), 0);

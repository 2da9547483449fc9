/** The words of this job, and the one order its answers come in. */

/**
 * Network Rail's regions, in the order they are asked. A destination belongs to the region that runs its tracks;
 * Heathrow, which has its own, to the region those leave.
 */
export const REGIONS = ['eastern', 'north-west-and-central', 'wales-and-western', 'scotland', 'southern'] as const;

export type Region = (typeof REGIONS)[number];

/** A direct service as a region's data file has it. `typicalMinutes` is a usual journey by day, not a timetable. */
export interface DirectService {
  readonly operator: string;
  readonly fromStation: string;
  readonly fromCrs: string;
  readonly toStation: string;
  readonly toCrs: string;
  readonly typicalMinutes: number;
}

/** A direct service as the answer has it. */
export interface Train extends DirectService {
  readonly region: Region;
}

/** What a region is asked. */
export interface Enquiry {
  readonly from: string;
  readonly withinMinutes?: number;
}

/** By code unit: the order must not depend on the locale of the machine that folds. */
const alphabetically = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Fastest first; ties by destination, then origin, then operator, which together name a service. */
export const fastestFirst = (left: DirectService, right: DirectService): number =>
  left.typicalMinutes - right.typicalMinutes ||
  alphabetically(left.toStation, right.toStation) ||
  alphabetically(left.fromCrs, right.fromCrs) ||
  alphabetically(left.operator, right.operator);

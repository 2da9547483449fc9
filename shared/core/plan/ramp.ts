/** How environments come. Durations in ms from the first message. */

/** Environments as a step function of time: `first` at once, `step` more `everyMs`, `most` in all. */
export interface Ramp {
  readonly first: number;
  readonly step: number;
  readonly everyMs: number;
  readonly most: number;
}

/** Environments there are `ms` after the first message. */
export const environmentsAt = ({ first, step, everyMs, most }: Ramp, ms: number): number =>
  Math.min(most, first + step * Math.floor(ms / everyMs + 1e-9));

/** The ramp of something that may not have more than `most` environments: by quota, reservation or choice. */
export const upTo = (ramp: Ramp, most: number): Ramp => ({ ...ramp, most: Math.min(ramp.most, most) });

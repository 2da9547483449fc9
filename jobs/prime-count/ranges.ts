/** How [0, below) is cut into tasks. */

/** The whole numbers from `from` up to, but not including, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Numbers of one task unless the caller says how many tasks: some 10 ms of a core, about what a task costs around it. */
const USUAL_WIDTH = 10_000_000;

/** As many tasks as a request of this size deserves, up to `atMost`. */
export const usualTasks = (below: number, atMost: number): number => Math.min(Math.ceil(below / USUAL_WIDTH), atMost);

/** Cuts [0, below) into `count` adjoining ranges; the first ones are wider by one where it does not divide evenly. */
export function* rangesOf(below: number, count: number): Generator<Range> {
  const width = Math.floor(below / count);
  const wider = below % count;
  for (let index = 0, from = 0; index < count; index++) {
    const to = from + width + (index < wider ? 1 : 0);
    yield { from, to };
    from = to;
  }
}

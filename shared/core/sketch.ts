/**
 * A distribution of durations in a few dozen counts: buckets whose bounds grow by a twentieth, so that what is read back is
 * within a twentieth of what was put in, however long the tail. Sketches of parts add up to the sketch of the whole.
 * After Masson, Rim and Lee, "DDSketch" (VLDB 2019), with interpolation inside a bucket. Plain JSON.
 */

/** How often each bucket was met: bucket 0 holds [0, 1] ms, bucket i holds (1.05^(i-1), 1.05^i] ms. */
export type Sketch = Readonly<Record<number, number>>;

/** A bucket's upper bound over its lower one: a quantile is off by this factor at most. */
export const BUCKET_GROWTH = 1.05;

export const EMPTY_SKETCH: Sketch = {};

const upper = (bucket: number): number => BUCKET_GROWTH ** bucket;
const lower = (bucket: number): number => (bucket === 0 ? 0 : upper(bucket - 1));

/** The bucket of a duration in ms. A bound that rounding moved is put right, so that each duration is within its bucket. */
function bucketOf(ms: number): number {
  if (!(ms > 1)) return 0;
  const near = Math.ceil(Math.log(ms) / Math.log(BUCKET_GROWTH));
  if (ms > upper(near)) return near + 1;
  return ms <= lower(near) ? near - 1 : near;
}

/** The sketch with `count` more durations of `ms`. */
export function sketched(sketch: Sketch, ms: number, count = 1): Sketch {
  const bucket = bucketOf(ms);
  return { ...sketch, [bucket]: (sketch[bucket] ?? 0) + count };
}

/** The sketch of everything in either. */
export function mergedSketch(left: Sketch, right: Sketch): Sketch {
  const merged: Record<number, number> = { ...left };
  for (const [bucket, count] of bucketsOf(right)) merged[bucket] = (merged[bucket] ?? 0) + count;
  return merged;
}

/** Buckets and their counts, ascending: integer keys of an object are in order (ECMA-262, OrdinaryOwnPropertyKeys). */
const bucketsOf = (sketch: Sketch): [number, number][] =>
  Object.entries(sketch).map(([bucket, count]) => [Number(bucket), count]);

/** Durations in a sketch. */
export const countOf = (sketch: Sketch): number => bucketsOf(sketch).reduce((sum, [, count]) => sum + count, 0);

/** The duration in ms that a share `q` (0…1) of those in the sketch do not exceed; `undefined` of an empty one. */
export function quantile(sketch: Sketch, q: number): number | undefined {
  let rank = q * countOf(sketch);
  let last: number | undefined;
  for (const [bucket, count] of bucketsOf(sketch)) {
    if (rank <= count) return lower(bucket) + (Math.max(0, rank) / count) * (upper(bucket) - lower(bucket));
    rank -= count;
    last = upper(bucket);
  }
  return last;
}

/** The share (0…1) of a sketch's durations that are at most `ms`; 0 of an empty one. */
export function cdf(sketch: Sketch, ms: number): number {
  const total = countOf(sketch);
  let below = 0;
  for (const [bucket, count] of bucketsOf(sketch)) {
    const [from, to] = [lower(bucket), upper(bucket)];
    below += count * Math.min(1, Math.max(0, (ms - from) / (to - from)));
  }
  return total === 0 ? 0 : below / total;
}

/** What is left of a duration that has taken `ms` already and is not over: its quantile `q`, in ms from the beginning. */
export function quantileBeyond(sketch: Sketch, ms: number, q: number): number | undefined {
  const past = cdf(sketch, ms);
  const ranked = past < 1 ? quantile(sketch, past + (1 - past) * q) : undefined;
  return ranked === undefined ? undefined : Math.max(ms, ranked);
}

/** The upper bounds of a sketch's buckets, ascending. */
export const boundsOf = (sketch: Sketch): number[] => bucketsOf(sketch).map(([bucket]) => upper(bucket));

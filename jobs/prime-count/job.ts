/** Pure computing: how many primes lie below a number, each task sieving a range of its own. */
import * as z from 'zod';
import { all } from '../../shared/core/completion.ts';
import { defineJob, direct } from '../../shared/core/job.ts';
import { rangesOf, usualTasks } from './ranges.ts';

const MAX_BELOW = 1_000_000_000_000;
const MAX_TASKS = 1_000_000;
/** Unless the caller says how many: no more than this, however far they count. */
const USUAL_TASKS = 10_000;
/** Numbers of one task: 2 s of a core near 10^12 (measured), so some 7 s of the share of one that 512 MiB buy. */
const MAX_WIDTH = 1_000_000_000;

const input = z
  .strictObject({
    below: z.int().min(2).max(MAX_BELOW).meta({ description: 'Primes smaller than this number are counted.' }),
    tasks: z
      .int()
      .min(1)
      .max(MAX_TASKS)
      .optional()
      .meta({
        description:
          'How many ranges to sieve apart; at most `below`, and enough that none is wider than 1,000,000,000 numbers. ' +
          'Left out, one for every 10,000,000 numbers.',
      }),
  })
  .superRefine(({ below, tasks }, context) => {
    const refuse = (message: string): void => context.addIssue({ code: 'custom', path: ['tasks'], message });
    const fewest = Math.ceil(below / MAX_WIDTH);
    if (tasks !== undefined && tasks > below) refuse(`must be at most ${below}, a number for each task`);
    if (tasks !== undefined && tasks < fewest) refuse(`must be at least ${fewest}, so that no task is too long`);
  });

export const job = defineJob({
  name: 'prime-count',
  description: 'How many primes there are below a number, by a segmented sieve in as many tasks as you like.',
  input,
  example: { below: 10_000_000, tasks: 64 },
  leaves: { sieve: { memoryMb: 512, timeoutMs: 60_000, delivery: direct() } },
  *split({ below, tasks = usualTasks(below, USUAL_TASKS) }) {
    for (const range of rangesOf(below, tasks)) yield { label: `${range.from}–${range.to - 1}`, payload: range };
  },
  fold: {
    empty: () => 0,
    add: (count, { value }: { value: number }) => count + value,
    merge: (left, right) => left + right,
    finish: (count) => ({ count }),
  },
  completion: all(),
  deadlineMs: 60_000,
  attempts: 2,
  tasksPerMessage: 'auto',
  maxTasks: MAX_TASKS,
});

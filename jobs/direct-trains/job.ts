/** The classic composition: five regions are asked the same question, and their answers make one list. */
import * as z from 'zod';
import { all } from '../../shared/core/completion.ts';
import { defineJob, direct } from '../../shared/core/job.ts';
import { fastestFirst, REGIONS, type Train } from './train.ts';

const input = z.strictObject({
  from: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .meta({
      description:
        'Where trains start: "London" for all of its terminals, or one of them by CRS code ("PAD") or name ' +
        '("London Paddington"); capitals and apostrophes do not matter. A place we know no trains from gets an empty list.',
    }),
  withinMinutes: z.int().min(1).max(1_440).optional().meta({
    description: 'The longest typical journey to list, in minutes.',
  }),
});

const leafOptions = { memoryMb: 256, timeoutMs: 5_000, delivery: direct() };

export const job = defineJob({
  name: 'direct-trains',
  description:
    'Direct trains from London, fastest first, gathered from the five regions of Network Rail. ' +
    'Journey times are typical of 2025–26, not a timetable.',
  input,
  example: { from: 'London' },
  leaves: Object.fromEntries(REGIONS.map((region) => [region, leafOptions])),
  split: (enquiry) => REGIONS.map((region) => ({ leaf: region, label: region, payload: enquiry })),
  fold: {
    empty: (): Train[] => [],
    add: (trains, { value }: { value: readonly Train[] }) => [...trains, ...value],
    merge: (left, right) => [...left, ...right],
    finish: (trains) => ({ trains: trains.toSorted(fastestFirst) }),
  },
  completion: all(),
  deadlineMs: 5_000,
  attempts: 2,
  maxTasks: REGIONS.length,
});

/** A synthetic load: it measures this stack's own overhead, on a laptop and in an account, by doing nothing else. */
import * as z from 'zod';
import { defineJob } from '../../shared/core/job.ts';

const MAX_TASKS = 1_000_000;

const input = z
  .strictObject({
    tasks: z.int().min(1).max(MAX_TASKS).default(100).meta({ description: 'How many tasks.' }),
    resultBytes: z.int().min(0).max(100_000).default(200).meta({ description: 'Size of each result in bytes.' }),
    leafMs: z.int().min(0).max(60_000).default(0).meta({ description: 'How long each task takes, in ms.' }),
    failing: z
      .int()
      .min(0)
      .max(MAX_TASKS)
      .default(0)
      .meta({ description: 'How many tasks fail, the first ones, at every attempt.' }),
    stragglers: z
      .int()
      .min(0)
      .max(MAX_TASKS)
      .default(0)
      .meta({ description: 'How many tasks are slow, the last ones.' }),
    stragglerMs: z.int().min(0).max(60_000).default(1_000).meta({ description: 'How long a slow task takes, in ms.' }),
    stragglersOnce: z.boolean().default(false).meta({
      description: 'Whether only the first copy of a slow task is slow, as where a machine was, not the work.',
    }),
  })
  .refine(({ tasks, failing }) => failing <= tasks, { path: ['failing'], message: 'must be at most tasks' })
  .refine(({ tasks, stragglers }) => stragglers <= tasks, { path: ['stragglers'], message: 'must be at most tasks' });

export type Input = z.infer<typeof input>;

export interface Payload {
  readonly index: number;
  readonly bytes: number;
  readonly ms: number;
  /** How long any further copy or attempt takes. */
  readonly againMs: number;
  readonly fails: boolean;
}

export interface Value {
  readonly index: number;
  readonly filler: string;
}

export interface Load {
  readonly tasks: number;
  readonly sumOfIndexes: number;
  readonly bytes: number;
}

export const job = defineJob<Input, Payload, Value, Load, Load>({
  name: 'calibrate',
  description: 'A synthetic load that measures the overhead of the stack itself.',
  input,
  example: {
    tasks: 1_000,
    resultBytes: 200,
    leafMs: 0,
    failing: 0,
    stragglers: 0,
    stragglerMs: 1_000,
    stragglersOnce: false,
  },
  leaves: { load: { memoryMb: 256, timeoutMs: 120_000 } },
  deadlineMs: 60_000,
  tasksPerMessage: 10,
  maxTasks: MAX_TASKS,
  *split({ tasks, resultBytes, leafMs, failing, stragglers, stragglerMs, stragglersOnce }) {
    for (let index = 0; index < tasks; index++) {
      const ms = index >= tasks - stragglers ? stragglerMs : leafMs;
      const againMs = stragglersOnce ? leafMs : ms;
      yield { payload: { index, bytes: resultBytes, ms, againMs, fails: index < failing } };
    }
  },
  fold: {
    empty: () => ({ tasks: 0, sumOfIndexes: 0, bytes: 0 }),
    add: (load, { value }) => ({
      tasks: load.tasks + 1,
      sumOfIndexes: load.sumOfIndexes + value.index,
      bytes: load.bytes + value.filler.length,
    }),
    merge: (left, right) => ({
      tasks: left.tasks + right.tasks,
      sumOfIndexes: left.sumOfIndexes + right.sumOfIndexes,
      bytes: left.bytes + right.bytes,
    }),
    finish: (load) => load,
  },
});

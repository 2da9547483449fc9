/** The shapes of what the API answers: the description is generated from them, and tests hold real answers to them. */
import * as z from 'zod';
import { LIMITS } from '../core/limits.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';

const requestId = z.string().meta({ description: 'Unguessable; says nothing about the request.' });
const instant = z.int().meta({ description: 'Epoch milliseconds.' });
const count = z.int().min(0);
const taskIndex = count.meta({ description: 'The place of the task in the order of the split, from 0.' });
const label = z.string().meta({ description: "The job's name for the task, where it gives one." });
const path = z.string().meta({ description: 'A path of this API.' });

export const linksSchema = z.strictObject({ self: path, results: path });

const failedTask = z.strictObject({
  taskIndex,
  label: label.optional(),
  cause: z.string().meta({
    examples: ['leaf-error', 'leaf-timeout', 'leaf-crashed', 'leaf-throttled', 'result-too-large', 'undeliverable'],
  }),
  message: z.string(),
});

const missingTask = z.strictObject({
  taskIndex,
  label: label.optional(),
  cause: z.enum(['timed-out', 'not-sent', 'not-awaited', 'cancelled', 'job-error']),
});

const estimate = z
  .strictObject({
    p50At: instant.optional(),
    p95At: instant.optional(),
    latestAt: instant,
  })
  .meta({
    description:
      'When the answer is there: as likely before p50At as after, with a probability of 95 % by p95At, by latestAt in any case. Learnt from requests of this job; only latestAt while there were too few.',
  });

const tasks = z
  .strictObject({ expected: count, succeeded: count, failed: count, missing: count })
  .meta({ description: 'succeeded + failed + missing = expected. Approximate while running, exact once closed.' });

const COMPLETION_REASONS = [
  'all-succeeded',
  'all-answered',
  'quorum-reached',
  'predicate-met',
  'deadline-passed',
  'too-many-failures',
  'cancelled',
  'job-error',
] as const;

export const requestSchema = z
  .strictObject({
    requestId,
    job: z.string(),
    status: z.enum(['running', 'complete', 'partial', 'failed', 'cancelled']),
    completion: z
      .string()
      .meta({ description: 'When it closes: all, quorum:<k>, tolerate:<f> or when; a share is a count here.' }),
    completionReason: z.enum(COMPLETION_REASONS).nullable().meta({ description: 'Why it closed; null while running.' }),
    version: count.meta({ description: 'Of the answer; 0 while running. An answer at a version never changes.' }),
    tasks,
    coverage: z.number().min(0).max(1).meta({ description: 'The share of tasks that succeeded.' }),
    failed: z.array(failedTask).max(LIMITS.tasksNamed),
    failedNotShown: z.int().min(1).optional().meta({ description: 'Failed tasks beyond the list: see links.results.' }),
    missing: z.array(missingTask).max(LIMITS.tasksNamed),
    missingNotShown: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'Missing tasks beyond the list: see links.results.' }),
    aggregate: z.unknown().meta({
      description:
        'What the job folded; null while running unless ?partial=true. Of a job whose values are claims, { "$link": … } is where a value is.',
    }),
    error: z
      .strictObject({ where: z.enum(['split', 'fold', 'finish', 'predicate', 'job']), message: z.string() })
      .optional()
      .meta({ description: "The job's own code threw; the request failed for that." }),
    estimate: estimate.optional().meta({ description: 'While it runs: when it is likely to be complete.' }),
    shards: z.strictObject({ total: count, scattered: count, folded: count }).optional().meta({
      description: 'How far a large request is while it runs: its shards, those whose tasks are sent, those folded.',
    }),
    acceptedAt: instant,
    deadlineAt: instant,
    closedAt: instant.nullable(),
    amendedAt: instant.optional().meta({ description: 'When late results made this version; absent of version 1.' }),
    amendableUntil: instant.optional().meta({
      description: 'Epoch milliseconds. Late results may make further versions until then; absent where none follows.',
    }),
    links: linksSchema,
  })
  .meta({ description: 'How a request stands, or its answer.' });

export const acceptedSchema = z
  .strictObject({
    requestId,
    status: z.literal('running'),
    deadlineAt: instant,
    estimate,
    links: linksSchema,
  })
  .meta({ description: 'The request was accepted; its answer is not ready.' });

export const takenSchema = z
  .strictObject({ requestId, results: count.meta({ description: 'Results that were taken.' }) })
  .meta({ description: 'Results were taken, and will be counted once.' });

const link = z
  .strictObject({
    href: z.string().meta({ description: 'A URL that anybody may GET, without signing, until expiresAt; gives JSON.' }),
    bytes: z.int().min(1).meta({ description: 'Of the JSON, whatever its encoding on the way.' }),
    expiresAt: instant,
  })
  .meta({ description: 'Where a value is that is too large to be shown.' });

const resultRow = z.discriminatedUnion('status', [
  z.strictObject({
    taskIndex,
    label: label.optional(),
    status: z.literal('succeeded'),
    attempt: count,
    value: z.unknown().optional().meta({ description: 'What the leaf answered; link instead if it is too large.' }),
    link: link.optional(),
  }),
  z.strictObject({ ...failedTask.shape, status: z.literal('failed'), attempt: count }),
  z.strictObject({ ...missingTask.shape, status: z.literal('missing') }),
  z.strictObject({
    taskIndex,
    status: z.literal('divided'),
    request: path.meta({ description: 'The request that the task asked for and waits for, while its own is running.' }),
  }),
]);

export const resultsSchema = z
  .strictObject({
    requestId,
    status: requestSchema.shape.status,
    results: z.array(resultRow).max(LIMITS.resultsPage),
    links: z.strictObject({ self: path, request: path, next: path.optional() }),
  })
  .meta({ description: 'Single task results in task order, a page at a time. The last page has no next.' });

const jobSchema = z.strictObject({
  job: z.string(),
  version: z.int().min(1),
  description: z.string(),
  deadlineMs: z.int(),
  completion: z.string().meta({ description: 'all, quorum:<k> or <share>%, tolerate:<f> or <share>%, or when.' }),
  leaves: z.array(z.string()),
  services: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'Of leaves that are no functions of this deployment, the service that answers them.' }),
  input: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of the input.' }),
  example: z.unknown().optional(),
  links: z.strictObject({ submit: path }),
});

export const jobsSchema = z.strictObject({ jobs: z.array(jobSchema) }).meta({ description: 'The jobs deployed here.' });

export const healthSchema = z.strictObject({ status: z.literal('ok') });

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'urn:fanfold:problem:<code>' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().optional(),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string(), limit: z.number().optional() }))
      .optional()
      .meta({ description: 'What is wrong: the field, parameter or header, and the limit it passed.' }),
  })
  .meta({ description: 'Why a call was refused (RFC 9457).' });

export type Links = z.infer<typeof linksSchema>;
export type RequestView = z.infer<typeof requestSchema>;
export type AcceptedView = z.infer<typeof acceptedSchema>;
export type ResultsView = z.infer<typeof resultsSchema>;
export type JobsView = z.infer<typeof jobsSchema>;
export type JobView = z.infer<typeof jobSchema>;

/**
 * The JSON Schemas (2020-12) of envelopes, for whoever writes a leaf. `docs/schemas` holds what is generated here, and tests hold
 * them and what reads envelopes to the same verdicts. What they cannot say: a `taskIndex` is below `expected`, and how large
 * metadata is.
 */
import * as z from 'zod';
import { CLAIM_DAYS, LIMITS } from '../core/limits.ts';
import type { JsonSchema } from './json-schema.ts';

const name = z.string().min(1).max(LIMITS.nameLength);
const text = z.string().min(1).max(1_024);
const count = z.int().min(0);
const counting = z.int().min(1);
const instant = count.meta({ description: 'Epoch milliseconds.' });
/** What an alternative does not have. */
const absent = z.never().optional();

const claim = z
  .strictObject({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    bytes: z.int().min(1).max(LIMITS.claimBytes),
    days: z.literal([...CLAIM_DAYS]),
    encoding: z.literal('gzip').optional(),
  })
  .meta({ description: 'What is kept outside of the message because it is too large.' });

const header = {
  v: z.literal(1).meta({ description: 'The version of this form.' }),
  requestId: name,
  job: name,
  jobVersion: counting,
  leaf: name.meta({ description: "The leaf that answers: a key of the job's leaves." }),
  instance: name
    .optional()
    .meta({ description: 'The one instance of the service that is to answer, if one was chosen.' }),
  expected: counting.meta({ description: 'Tasks of the whole request.' }),
  shardSize: counting.meta({ description: 'Tasks of one full shard.' }),
  hops: count.meta({ description: 'Functions this work has passed through; each one adds 1.' }),
  acceptedAt: instant,
  deadlineAt: instant.meta({ description: 'When the request closes at the latest, in epoch milliseconds.' }),
  expiresAt: instant.meta({ description: 'When a report is dropped, in epoch milliseconds.' }),
  resultsToken: name.meta({ description: 'Random per request; a result without it is refused.' }),
  traceparent: name.optional().meta({ description: 'W3C Trace Context.' }),
  graceMs: counting.optional().meta({ description: 'How long after the close results still come in.' }),
  publishedAt: instant.optional().meta({ description: 'When this task message was sent, in epoch milliseconds.' }),
  values: z.literal('claims').optional().meta({ description: 'Every value is to be a claim, however small.' }),
};

const task = { taskIndex: count, label: z.string().optional() };

const taskEnvelope = z
  .looseObject({
    ...header,
    attempt: counting.meta({ description: 'Which delivery of these tasks this is.' }),
    hedge: z.literal(true).optional().meta({ description: 'A second copy of tasks not known to have failed.' }),
    replyTo: text.meta({ description: 'The URL of the SQS queue that takes the results.' }),
    tasks: z
      .array(
        z.union([
          z.looseObject({ ...task, payload: z.unknown(), claim: absent }),
          z.looseObject({ ...task, claim, payload: absent }),
        ]),
      )
      .min(1),
  })
  .meta({ title: 'Task envelope', description: 'What a leaf is handed.' });

const result = {
  ...task,
  attempt: counting.meta({ description: 'That of the task envelope.' }),
  hedge: z.literal(true).optional(),
  tookMs: count.optional().meta({ description: 'Milliseconds the leaf worked on the task in this attempt.' }),
};
const error = z.looseObject({ cause: text, message: z.string(), retryable: z.boolean() });
const request = z.union([
  z.looseObject({ job: name, input: z.unknown(), claim: absent }),
  z.looseObject({ job: name, claim, input: absent }),
]);
const noOther = { value: absent, error: absent, request: absent };

const results = z
  .array(
    z.union([
      z.looseObject({ ...result, ...noOther, value: z.unknown(), claim: absent }),
      z.looseObject({ ...result, ...noOther, claim }),
      z.looseObject({ ...result, ...noOther, error, payload: z.unknown().optional(), claim: absent }),
      z.looseObject({ ...result, ...noOther, error, claim, payload: absent }),
      z.looseObject({ ...result, ...noOther, request, payload: absent, claim: absent }),
    ]),
  )
  .min(1);

const resultsEnvelope = z
  .looseObject({ ...header, results })
  .meta({ title: 'Results envelope', description: 'What a leaf answers: the header as it came, and a result a task.' });

const member = z.string().regex(new RegExp(`^[A-Za-z0-9._-]{1,${LIMITS.memberNameLength}}$`));

const rollCall = z
  .looseObject({
    v: z.literal(1).meta({ description: 'The version of this form.' }),
    kind: z.literal('roll-call'),
    rollCallId: name,
    services: z.array(member).optional().meta({ description: 'The services that are asked; everybody without.' }),
    askedAt: instant,
    answerBy: instant.meta({ description: 'When the window ends, in epoch milliseconds.' }),
    expiresAt: instant.meta({ description: 'When an answer is of no use any more, in epoch milliseconds.' }),
    replyTo: text.meta({ description: 'The URL of the SQS queue that takes answers.' }),
    answersPath: text.meta({ description: 'Where answers may go over HTTPS, at the API.' }),
    answersToken: name.meta({ description: 'Random per roll-call; an answer without it is refused.' }),
  })
  .meta({ title: 'Roll-call', description: 'Who is there?' });

const present = z
  .looseObject({
    v: z.literal(1).meta({ description: 'The version of this form.' }),
    kind: z.literal('present'),
    rollCallId: name,
    answersToken: name.meta({ description: 'That of the roll-call.' }),
    service: member,
    instanceId: member,
    version: z.string().min(1).max(LIMITS.memberNameLength).optional(),
    address: z
      .string()
      .min(1)
      .max(LIMITS.addressLength)
      .optional()
      .meta({ description: "The URL of the instance's own queue." }),
    metadata: z
      .looseObject({})
      .optional()
      .meta({ description: `${LIMITS.metadataBytes} bytes of JSON at most.` }),
  })
  .meta({ title: 'Answer to a roll-call', description: 'An instance is there.' });

const ENVELOPES = { task: taskEnvelope, results: resultsEnvelope, 'roll-call': rollCall, answer: present } as const;

export type EnvelopeName = keyof typeof ENVELOPES;

export const ENVELOPE_NAMES = Object.keys(ENVELOPES) as readonly EnvelopeName[];

export const isEnvelopeName = (value: string): value is EnvelopeName => Object.hasOwn(ENVELOPES, value);

/** The schema of one kind of envelope, as it is published. Members that it does not name are allowed. */
export function envelopeSchema(kind: EnvelopeName): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(ENVELOPES[kind]) as JsonSchema;
  return { $schema, $id: `urn:fanfold:envelope:1:${kind}`, ...schema };
}

/** JSON Schemas (2020-12, as OpenAPI 3.1 takes them) of what the API answers and of what jobs take. */
import * as z from 'zod';
import type { Job } from '../core/job.ts';
import { answerTakenSchema, rollCallInput, rollCallSchema } from './roll-call-schemas.ts';
import {
  acceptedSchema,
  healthSchema,
  jobsSchema,
  linksSchema,
  problemSchema,
  requestSchema,
  resultsSchema,
  takenSchema,
} from './schemas.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The named schemas of answers, as they lie under `components.schemas`. */
const ANSWERS = {
  Request: requestSchema,
  Accepted: acceptedSchema,
  Results: resultsSchema,
  RollCall: rollCallSchema,
  AnswerTaken: answerTakenSchema,
  Taken: takenSchema,
  Jobs: jobsSchema,
  Health: healthSchema,
  Problem: problemSchema,
  Links: linksSchema,
} as const;

export type AnswerName = keyof typeof ANSWERS;

export const schemaRef = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** The schemas of answers, referring to each other by `schemaRef`. */
export function answerSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(ANSWERS)) registry.add(schema, { id });
  const uri = (id: string): string => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { uri });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutIdentity(schema as JsonSchema)]));
}

const withoutIdentity = ({ $schema: _, $id: __, ...schema }: JsonSchema): JsonSchema => schema;

/** What a job takes. What JSON Schema cannot say, such as a refinement, is left out; one that refers to itself has an id. */
export function inputSchema({ name, input }: Pick<Job, 'name' | 'input'>): JsonSchema {
  if (!(input instanceof z.ZodType)) return {};
  const schema = withoutIdentity(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as JsonSchema);
  return JSON.stringify(schema).includes('"$ref":"#') ? { $id: `urn:fanfold:job:${name}:input`, ...schema } : schema;
}

/** What a roll-call takes. */
export const rollCallInputSchema = (): JsonSchema =>
  withoutIdentity(z.toJSONSchema(rollCallInput, { io: 'input' }) as JsonSchema);

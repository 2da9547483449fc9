import { globSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { all } from '../../shared/core/completion.ts';
import { defineJob, external, type Job } from '../../shared/core/job.ts';
import { jobsView } from '../../shared/http/jobs-view.ts';
import { inputSchema } from '../../shared/http/json-schema.ts';
import { openApiDocument } from '../../shared/http/openapi.ts';
import { ROUTES } from '../../shared/http/routes.ts';
import { jobsSchema } from '../../shared/http/schemas.ts';
import { aJob } from '../support/jobs.ts';

const root = new URL('../../', import.meta.url);
const files = globSync('jobs/*/job.ts', { cwd: root }).sort();
const jobs: Job[] = await Promise.all(files.map(async (file) => (await import(new URL(file, root).href)).job));

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly $ref: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly requestBody?: { readonly content: Record<string, { readonly schema: unknown; readonly example?: unknown }> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

const documentOf = (auth: 'iam' | 'jwt' | 'none'): Document => JSON.parse(JSON.stringify(openApiDocument(jobs, auth)));
const document = documentOf('iam');
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

/** Every `$ref` of the document. */
const refs = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '');

const pointedAt = (ref: string): unknown =>
  ref
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((value, member) => (value as Record<string, unknown> | undefined)?.[member], document);

describe('the description of the API', () => {
  it.each(['iam', 'jwt', 'none'] as const)('is valid OpenAPI 3.1 under auth=%s', async (auth) => {
    const { valid, errors } = await new Validator().validate({ ...documentOf(auth) });
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('holds everything it refers to', () => {
    const dangling = refs(document).filter((ref) => ref.startsWith('#/') && pointedAt(ref) === undefined);
    expect(dangling).toEqual([]);
  });

  it('has every route of the table, with its parameters', () => {
    for (const { method, path, operationId, query } of ROUTES) {
      const operation = document.paths[path]?.[method.toLowerCase()];
      expect(operation?.operationId).toBe(operationId);
      const named = operation?.parameters.map(({ $ref }) => $ref.split('/').at(-1));
      expect(named).toEqual(expect.arrayContaining([...query]));
    }
  });

  it('names each operation once', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says of every operation what a problem looks like', () => {
    for (const { responses } of operations) expect(responses).toHaveProperty('500');
  });

  it.each(jobs.map((job) => [job.name, job] as const))('has a path for %s with its schema and example', (name, job) => {
    const media = document.paths[`/v1/jobs/${name}`]?.post?.requestBody?.content['application/json'];
    expect(media?.schema).toEqual({ $ref: `#/components/schemas/${name}.input` });
    expect(media?.example).toEqual(job.example);
    expect(document.components.schemas[`${name}.input`]).toMatchObject({ type: 'object', additionalProperties: false });
  });

  it.each(jobs.map((job) => [job.name, job] as const))('gives an example that %s takes', (_, job) => {
    expect(job.input.safeParse(job.example)).toMatchObject({ success: true });
  });
});

describe('the schema of an input', () => {
  const tree = z.strictObject({
    get branches() {
      return z.array(tree).max(3);
    },
  });
  const jobOf = (input: Job['input']): Job =>
    defineJob({
      name: 'toy',
      input,
      leaves: { leaf: {} },
      split: () => [],
      fold: { empty: () => null, add: () => null, merge: () => null, finish: () => null },
      completion: all(),
    }) as Job;

  it('may refer to itself', async () => {
    const toy = jobOf(tree as Job['input']);
    expect(inputSchema(toy)).toMatchObject({ $id: 'urn:fanfold:job:toy:input' });
    const { errors } = await new Validator().validate(JSON.parse(JSON.stringify(openApiDocument([toy], 'iam'))));
    expect(errors).toBeUndefined();
  });

  it('leaves out what JSON Schema cannot say', () => {
    const input = z.strictObject({ at: z.string().transform(Date.parse), to: z.date() });
    expect(inputSchema(jobOf(input as Job['input']))).toMatchObject({ properties: { at: { type: 'string' }, to: {} } });
  });

  it('says nothing of a schema that is not known', () => {
    expect(inputSchema(jobOf({ safeParse: (data) => ({ success: true, data }) }))).toEqual({});
  });
});

it('lists the jobs in their published shape', () => {
  const { jobs: listed } = jobsSchema.parse(JSON.parse(JSON.stringify(jobsView(jobs))));
  expect(listed.map(({ job }) => job)).toEqual(jobs.map(({ name }) => name));
});

it('the list of jobs says which leaves are services of their own', () => {
  const job = aJob({ leaves: { ours: {}, theirs: external({ service: 'pricing' }) } });
  const { jobs: listed } = jobsSchema.parse(jobsView([job as Job]));
  expect(listed).toMatchObject([{ leaves: ['ours', 'theirs'], services: { theirs: 'pricing' } }]);
});

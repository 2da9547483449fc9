/** From what a schema says of an input to a problem that names each field. */
import type * as z from 'zod';
import type { InputSchema } from '../core/job.ts';
import { asJson, type NotJson } from '../core/json.ts';
import { type FieldProblem, ProblemError } from './problem.ts';

/** Fields one problem names at most, and characters of a name or message that came from the caller. */
const NAMED = { fields: 20, characters: 200 } as const;

type Issue = z.core.$ZodIssue;

/**
 * The input as the job's schema makes it. It has to be JSON still: a small request would split what the schema made, and a
 * large one what was kept of it.
 *
 * @throws ProblemError `invalid-input` naming each field that is wrong, with the limit where the schema knows one.
 */
export function parseInput<Input>(schema: InputSchema<Input>, body: unknown): Input {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidInput(fieldProblems(parsed.error));
  const input = asJson(parsed.data);
  if ('value' in input) return input.value as Input;
  throw invalidInput([notJsonProblem(input)]);
}

/** A field whose value the job's schema makes something of that could not be kept. */
export const notJsonProblem = ({ path, message }: NotJson): FieldProblem => ({
  field: fieldName(path),
  message: `as the job's schema makes it, ${message}`,
});

function invalidInput(errors: readonly FieldProblem[]): ProblemError {
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new ProblemError('invalid-input', { detail: detail.slice(0, 1_000), errors });
}

/** The fields a zod error names, the first few of them. Fields of fields are joined by `/`; the whole body is `body`. */
export function fieldProblems(error: unknown): FieldProblem[] {
  const issues = isIssueList(error) ? error.issues : [];
  if (issues.length === 0) return [{ field: 'body', message: 'is not what the job takes' }];
  return issues.flatMap(fromIssue).slice(0, NAMED.fields);
}

const isIssueList = (error: unknown): error is { issues: readonly Issue[] } =>
  typeof error === 'object' && error !== null && 'issues' in error && Array.isArray(error.issues);

function fromIssue(issue: Issue): FieldProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: fieldName([...issue.path, key]), message: 'is not a known field' }));
  const limit = limitOf(issue);
  const message = issue.message.slice(0, NAMED.characters);
  return [{ field: fieldName(issue.path), message, ...(limit === undefined ? {} : { limit }) }];
}

const fieldName = (path: readonly PropertyKey[]): string =>
  path.length === 0 ? 'body' : path.map(String).join('/').slice(0, NAMED.characters);

function limitOf(issue: Issue): number | undefined {
  if (issue.code === 'too_big') return Number(issue.maximum);
  if (issue.code === 'too_small') return Number(issue.minimum);
  return issue.code === 'not_multiple_of' ? issue.divisor : undefined;
}

/** What a caller may ask for beside the input: query parameters and headers, each refused by name when it is wrong. */
import { type AskedPolicy, all, quorum, tolerate } from '../core/completion.ts';
import { DEADLINE_MS, LIMITS } from '../core/limits.ts';
import { fieldProblem, type ProblemError } from './problem.ts';

/**
 * Refuses parameters that an operation does not take, or that come more than once.
 *
 * @throws ProblemError naming the parameter.
 */
export function refuseUnknownParameters(given: URLSearchParams, known: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of given.keys()) {
    const rule = seen.has(name) ? 'must be given once' : `is not a parameter of this call; ${knownOnes(known)}`;
    if (seen.has(name) || !known.includes(name)) throw parameterProblem(name.slice(0, 100), rule);
    seen.add(name);
  }
}

const knownOnes = (known: readonly string[]): string =>
  known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;

const parameterProblem = (name: string, rule: string, limit?: number): ProblemError =>
  fieldProblem('invalid-parameter', name, rule, limit);

/**
 * A whole number in a range; `undefined` when the parameter is absent.
 *
 * @throws ProblemError naming the parameter and the limit.
 */
export function countParameter(
  name: string,
  value: string | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  if (value === undefined) return undefined;
  const count = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw parameterProblem(name, `must be a whole number from ${min} to ${max}`, count < min ? min : max);
}

/**
 * `true` or `false`; false when the parameter is absent.
 *
 * @throws ProblemError naming the parameter.
 */
export function flagParameter(name: string, value: string | undefined): boolean {
  if (value !== undefined && value !== 'true' && value !== 'false')
    throw parameterProblem(name, 'must be true or false');
  return value === 'true';
}

/** `?version=`: a version of the answer, from 1; `undefined` for the one in force. @throws ProblemError naming it. */
export const versionParameter = (value: string | undefined): number | undefined =>
  countParameter('version', value, { min: 1, max: LIMITS.tasksPerRequest });

/** `?deadlineMs=`: how long the request may take, in ms; `undefined` for the job's own. */
export const deadlineParameter = (value: string | undefined): number | undefined =>
  countParameter('deadlineMs', value, DEADLINE_MS);

/**
 * `?completion=all | quorum:<successes> | quorum:<share>% | tolerate:<failures> | tolerate:<share>% | when`; `undefined`
 * for the job's own. `when` is a predicate, which only a job has.
 *
 * @throws ProblemError naming the parameter, its forms and the limit.
 */
export function completionParameter(value: string | undefined, own: AskedPolicy['kind']): AskedPolicy | undefined {
  if (value === undefined) return undefined;
  const max = LIMITS.tasksPerRequest;
  if (value === 'all') return all();
  if (value === 'when' && own !== 'when')
    throw parameterProblem('completion', 'cannot be when: the job has no predicate');
  if (value === 'when') return { kind: 'when' };
  const [, kind, digits, percent] = /^(quorum|tolerate):(?:(\d{1,9})|(\d{1,3}(?:\.\d{1,3})?)%)$/.exec(value) ?? [];
  const asked = percent === undefined ? Number(digits) : { share: Number(percent) / 100 };
  const amount = typeof asked === 'number' ? asked : asked.share;
  const most = typeof asked === 'number' ? max : 1;
  if (kind === 'quorum' && amount > 0 && amount <= most) return quorum(asked);
  if (kind === 'tolerate' && amount <= most) return tolerate(asked);
  const forms = `all, quorum:<1 to ${max}>, quorum:<above 0 to 100>%, tolerate:<0 to ${max}> or tolerate:<0 to 100>%`;
  throw parameterProblem('completion', `must be ${forms}`, percent === undefined ? max : 100);
}

/**
 * `Idempotency-Key`: 1 to 255 visible ASCII characters; `undefined` when the header is absent.
 *
 * @throws ProblemError naming the header and the limit.
 */
export function idempotencyKey(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const max = LIMITS.idempotencyKeyLength;
  if (value.length <= max && /^[\x21-\x7e]+$/.test(value)) return value;
  throw fieldProblem('invalid-header', 'Idempotency-Key', `must be 1 to ${max} visible ASCII characters`, max);
}

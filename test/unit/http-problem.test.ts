import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { fieldProblem, ProblemError, problemResponse } from '../../shared/http/problem.ts';
import { problemSchema } from '../../shared/http/schemas.ts';
import { fieldProblems, parseInput } from '../../shared/http/validation.ts';

const schema = z.strictObject({
  from: z.string().trim().min(1).max(5),
  tasks: z.int().min(1).max(10),
  step: z.int().multipleOf(3).optional(),
  range: z.strictObject({ stops: z.array(z.strictObject({ name: z.string() })) }).optional(),
});

const wrong = (body: unknown) => fieldProblems(schema.safeParse(body).error);

describe('what is wrong with an input', () => {
  it('names a missing field', () => {
    expect(wrong({ tasks: 1 })).toMatchObject([{ field: 'from' }]);
  });

  it('names the limit that a number passed', () => {
    expect(wrong({ from: 'x', tasks: 11 })).toMatchObject([{ field: 'tasks', limit: 10 }]);
    expect(wrong({ from: 'x', tasks: 0 })).toMatchObject([{ field: 'tasks', limit: 1 }]);
    expect(wrong({ from: 'x', tasks: 1, step: 4 })).toMatchObject([{ field: 'step', limit: 3 }]);
  });

  it('names the limit that a text passed', () => {
    expect(wrong({ from: 'London', tasks: 1 })).toMatchObject([{ field: 'from', limit: 5 }]);
    expect(wrong({ from: '  ', tasks: 1 })).toMatchObject([{ field: 'from', limit: 1 }]);
  });

  it('names every unknown field, however it is called', () => {
    const body = JSON.parse('{"from":"x","tasks":1,"form":2,"__proto__":3}');
    expect(wrong(body).map(({ field }) => field)).toEqual(['form', '__proto__']);
  });

  it('names fields of fields by their path', () => {
    const body = { from: 'x', tasks: 1, range: { stops: [{ name: 'a' }, { name: 7 }, { name: 'c', via: 'd' }] } };
    expect(wrong(body).map(({ field }) => field)).toEqual(['range/stops/1/name', 'range/stops/2/via']);
  });

  it.each([[null], [[]], ['text'], [7]])('calls a body that is no object (%j) by that name', (body) => {
    expect(wrong(body)).toMatchObject([{ field: 'body' }]);
  });

  it('names the first few of very many fields, and none at length', () => {
    const body = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${'k'.repeat(5_000)}${index}`, 1]));
    const named = wrong(body);
    expect(named.length).toBe(20);
    expect(JSON.stringify(named).length).toBeLessThan(10_000);
  });

  it('copes with an error of another kind', () => {
    expect(fieldProblems(new Error('no'))).toMatchObject([{ field: 'body' }]);
  });
});

describe('parseInput', () => {
  it("gives the input as the job's schema makes it", () => {
    expect(parseInput(schema, { from: ' x ', tasks: 1 })).toEqual({ from: 'x', tasks: 1 });
  });

  it('refuses what is wrong', () => {
    const refused = () => parseInput(schema, { from: 'x', tasks: 'many' });
    expect(refused).toThrow(ProblemError);
    expect(refused).toThrow(/^tasks: /);
  });
});

describe('problemResponse', () => {
  it('is problem+json with a type of its own', async () => {
    const { code, details } = fieldProblem('invalid-parameter', 'wait', 'must be less', 25);
    const response = problemResponse(code, details);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(problemSchema.parse(await response.json())).toEqual({
      type: 'urn:fanfold:problem:invalid-parameter',
      title: 'A query parameter is not valid',
      status: 400,
      code: 'invalid-parameter',
      detail: 'wait must be less',
      errors: [{ field: 'wait', message: 'must be less', limit: 25 }],
    });
  });

  it('carries the headers it is given', () => {
    expect(problemResponse('method-not-allowed', { headers: { allow: 'GET' } }).headers.get('allow')).toBe('GET');
  });
});

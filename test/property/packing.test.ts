/** However tasks ride: each exactly once, one leaf and one shard a message, within the bounds, readable at the other end. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardOf } from '../../shared/core/gathering.ts';
import { wireBytes, wireJson } from '../../shared/core/json.ts';
import { LIMITS, TASK_MESSAGE_BYTES } from '../../shared/core/limits.ts';
import { packEnvelopes, ride } from '../../shared/core/pack.ts';
import { parseTaskEnvelope } from '../../shared/core/parse-envelope.ts';
import { aHeader } from '../support/builders.ts';
import { check } from '../support/seed.ts';

const FILE = 'test/property/packing.test.ts';

const sizes = fc.oneof({ weight: 8, arbitrary: fc.nat({ max: 300 }) }, fc.nat({ max: LIMITS.payloadBytes - 2 }));
const labels = fc.option(fc.string({ unit: 'binary', maxLength: LIMITS.labelLength }), { nil: undefined });
const scatters = fc.record({
  tasks: fc.array(fc.record({ leaf: fc.constantFrom('one', 'two'), size: sizes, label: labels }), {
    minLength: 1,
    maxLength: 40,
  }),
  shardSize: fc.integer({ min: 1, max: 50 }),
  tasksPerMessage: fc.integer({ min: 1, max: LIMITS.tasksPerMessage }),
});

test('envelopes hold each task once, within every bound', async () => {
  const property = fc.property(scatters, ({ tasks, shardSize, tasksPerMessage }) => {
    const numbered = tasks.map(({ leaf, size, label }, taskIndex) => ({
      ...{ taskIndex, leaf, payload: 'é'.repeat(size >> 1) },
      ...(label === undefined ? {} : { label: label.slice(0, LIMITS.labelLength) }),
    }));
    const header = aHeader({ expected: tasks.length, shardSize });
    const options = {
      tasksPerMessage,
      attempt: 1,
      replyTo: 'https://sqs.eu-west-2.amazonaws.com/123456789012/results',
    };
    const envelopes = packEnvelopes(header, numbered, options);
    for (const envelope of envelopes) {
      expect(envelope.tasks.length).toBeLessThanOrEqual(tasksPerMessage);
      expect(wireBytes(envelope)).toBeLessThanOrEqual(TASK_MESSAGE_BYTES);
      expect(new Set(envelope.tasks.map(({ taskIndex }) => shardOf(taskIndex, shardSize))).size).toBe(1);
      expect(parseTaskEnvelope(JSON.parse(wireJson(envelope)))).toEqual(envelope);
    }
    const ridden = envelopes.flatMap(({ leaf, tasks }) => tasks.map((task) => ({ ...task, leaf })));
    expect(ridden.toSorted((a, b) => a.taskIndex - b.taskIndex)).toEqual(numbered);
    expect(packEnvelopes(header, numbered, options)).toEqual(envelopes);
  });
  await check(FILE, property, 100);
});

test('riders stay in order, and no group is over a bound unless one rider alone is', async () => {
  const rides = fc.tuple(
    fc.array(fc.string({ maxLength: 30 })),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 60 }),
  );
  const property = fc.property(rides, ([entries, count, bytes]) => {
    const groups = ride(entries, count, bytes);
    expect(groups.flat()).toEqual(entries);
    for (const group of groups) {
      expect(group.length).toBeGreaterThan(0);
      expect(group.length).toBeLessThanOrEqual(count);
      if (group.length > 1) expect(wireBytes(group)).toBeLessThanOrEqual(bytes + 2);
    }
  });
  await check(FILE, property, 500);
});

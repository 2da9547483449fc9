/**
 * Envelopes evolve, and who is older meets who is newer: what each form's leaves and aggregators read and write is recorded in
 * `envelopes`, with the code that read it. A new form is recorded there, and nothing in these files is changed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aggregate } from '../../functions/aggregator/aggregate.ts';
import { readReport } from '../../functions/aggregator/reports.ts';
import { answer } from '../../functions/leaf/answer.ts';
import { createAnswered } from '../../functions/leaf/answered.ts';
import { systemTimers } from '../../shared/aws/system.ts';
import { isDivided, type ResultsEnvelope, type TaskEnvelope } from '../../shared/core/envelope.ts';
import { wireJson } from '../../shared/core/json.ts';
import { packEnvelopes } from '../../shared/core/pack.ts';
import { parseResultsEnvelope, parseTaskEnvelope } from '../../shared/core/parse-envelope.ts';
import type { NestedSubmission } from '../../shared/core/ports/work.ts';
import { createMemoryClaims } from '../../simulation/ports/memory-claims.ts';
import { capturedQueue, capturedResults, capturedTelemetry, fakeClock } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop, registered } from '../support/workshop.ts';
import * as beforeClaims from './envelopes/readers/before-claims.ts';
import * as beforeHedges from './envelopes/readers/before-hedges.ts';

const folder = join(import.meta.dirname, 'envelopes');

interface Recorded {
  readonly what: string;
  readonly task: TaskEnvelope;
  readonly results: ResultsEnvelope;
}

const recorded = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file): [string, Recorded] => [file.replace('.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8'))]);

/** What reads envelopes, and how many of the recorded forms there were in its day. */
const READERS = [
  ['before claims', 1, beforeClaims],
  ['before hedges', 2, beforeHedges],
] as const;

const latest = (): Recorded => {
  const last = recorded.at(-1);
  if (!last) throw new Error('nothing is recorded');
  return last[1];
};

const json = (value: unknown): unknown => JSON.parse(wireJson(value));

/** Today's leaf; what it sends for an envelope a moment after that was made. */
async function answeredToday(envelope: TaskEnvelope): Promise<readonly ResultsEnvelope[]> {
  const clock = fakeClock(envelope.acceptedAt + 20);
  const results = capturedResults();
  const claims = createMemoryClaims(clock);
  for (const { claim } of envelope.tasks)
    if (claim) claims.texts.set(`${claim.days}d/${envelope.requestId}/${claim.sha256}`, 'not what it says');
  const working = { results, claims, clock, telemetry: capturedTelemetry(), timers: systemTimers, retentionMs: 60_000 };
  const answered = createAnswered();
  await answer({ ...working, answered, leaf: (payload) => ({ payload }) }, [envelope], clock.now() + 5_000);
  return results.sent.map(({ to: _, ...sent }) => sent);
}

describe.each(recorded)('the form of %s', (_, { task, results }) => {
  it('is read today, as it was written', () => {
    expect(parseTaskEnvelope(json(task))).toEqual(task);
    expect(parseResultsEnvelope(json(results))).toEqual(results);
  });

  it('is answered by a leaf of today: every task, and the header as it came', async () => {
    const sent = await answeredToday(parseTaskEnvelope(task));
    const indexes = sent.flatMap((each) => each.results).map(({ taskIndex }) => taskIndex);
    expect(indexes.sort()).toEqual(task.tasks.map(({ taskIndex }) => taskIndex));
    const { tasks: _, attempt: __, replyTo: ___, hedge: ____, ...header } = task;
    for (const { results: _, ...its } of sent) expect(its).toEqual({ ...header, hops: task.hops + 1 });
  });

  it('is counted by an aggregator of today, once for every task that it answers', async () => {
    const { requestId, job, expected, shardSize, deadlineAt, resultsToken, acceptedAt } = results;
    const workshop = aWorkshop(aJob({ name: job, attempts: 1 }), acceptedAt + 100);
    const shape = { requestId, job, resultsToken, expected, shardSize, acceptedAt, deadlineAt };
    await registered(workshop.store, { ...shape, lookAt: expected, scatteredAt: acceptedAt });
    const nested = capturedQueue<NestedSubmission>();
    await aggregate({ ...workshop, nested }, [readReport(wireJson(results))]);
    const divided = results.results.filter(isDivided).length;
    const copies = results.results.filter((each) => 'error' in each && each.hedge).length;
    const head = await workshop.store.readHead(requestId, acceptedAt + 100);
    expect(nested.waiting).toHaveLength(divided);
    expect(head?.arrived).toBe(results.results.length - divided - copies);
  });
});

describe.each(READERS)('who is as old as %s', (_, forms, older) => {
  /** What a distributor of today sends, with a member of a form that is still to come in each of its objects. */
  const newest = (): TaskEnvelope[] => {
    const head = { ...latest().task, later: { form: 9 } };
    const tasks = [0, 1].map((taskIndex) => ({
      taskIndex,
      leaf: head.leaf,
      label: 'one',
      payload: taskIndex,
      later: 9,
    }));
    return packEnvelopes(head, tasks, { tasksPerMessage: 10, attempt: 1, hedge: true, replyTo: 'home' }).map(
      (envelope) => ({ ...envelope, publishedAt: head.acceptedAt + 5, later: [1] }) as TaskEnvelope,
    );
  };

  it('reads what a distributor of today sends, and an aggregator of today counts its answer', async () => {
    const [envelope] = newest().map((each) => older.parseTaskEnvelope(json(each)));
    if (!envelope) throw new Error('nothing was sent');
    const answered = {
      ...older.headerOf(envelope),
      hops: envelope.hops + 1,
      results: envelope.tasks.map(({ taskIndex, label }) => ({ taskIndex, attempt: 1, label, value: 'old' })),
    };
    const { requestId, job, resultsToken, expected, shardSize, acceptedAt, deadlineAt } = answered;
    const workshop = aWorkshop(aJob({ name: job }), acceptedAt + 100);
    const shape = { requestId, job, resultsToken, expected, shardSize, acceptedAt, deadlineAt };
    await registered(workshop.store, { ...shape, lookAt: expected, scatteredAt: acceptedAt });
    await aggregate({ ...workshop, nested: capturedQueue<NestedSubmission>() }, [readReport(wireJson(answered))]);
    expect(await workshop.store.readHead(requestId, acceptedAt + 100)).toMatchObject({ state: 'closed' });
  });

  it('reads what a leaf of today answers to its own envelopes', async () => {
    for (const [, { task }] of recorded.slice(0, forms)) {
      const sent = await answeredToday(task);
      expect(sent.length).toBeGreaterThan(0);
      for (const envelope of sent) expect(older.parseResultsEnvelope(json(envelope))).toEqual(json(envelope));
    }
  });
});

it('members of forms that are still to come are let be, wherever they are', () => {
  const { task, results } = latest();
  const later = { later: { form: 9 } };
  const tasks = { ...task, ...later, tasks: task.tasks.map((each) => ({ ...each, ...later })) };
  const answers = { ...results, ...later, results: results.results.map((each) => ({ ...each, ...later })) };
  expect(parseTaskEnvelope(json(tasks))).toEqual(tasks);
  expect(parseResultsEnvelope(json(answers))).toEqual(answers);
});

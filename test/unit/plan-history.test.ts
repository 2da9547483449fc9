/** A job's history, exported from a table that the deployed store has written, as the planner's command reads it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadOption, readOptions } from '../../planning/options.ts';
import { createHistoryStore } from '../../shared/aws/history-store.ts';
import { NO_PAST, withAnswers } from '../../shared/core/history.ts';
import { plan } from '../../shared/core/plan/plan.ts';
import { type LocalTable, startLocalTable } from '../support/local-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'fanfold-history-'));
let local: LocalTable;
beforeAll(async () => {
  local = await startLocalTable();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await local.close();
});

/** Two hours of a job whose leaf `slow-one` takes 200 ms, and 4,000 once in a hundred times, beside one of 50 ms. */
async function exported(job: string, leaves: readonly string[] = ['slow-one', 'quick']): Promise<string> {
  const store = createHistoryStore(local.table);
  const both = withAnswers(
    withAnswers(withAnswers(NO_PAST, 'slow-one', 495, 200), 'slow-one', 5, 4_000),
    'quick',
    9,
    50,
  );
  const kept = { ...both, leaves: Object.fromEntries(leaves.map((leaf) => [leaf, both.leaves[leaf] ?? {}])) };
  for (const window of [7, 8]) await store.add({ job, window }, kept, 2_000_000_000);
  const answer = await local.table.client.send(
    new QueryCommand({
      TableName: local.table.tableName,
      KeyConditionExpression: 'pk = :job AND begins_with(sk, :kind)',
      ExpressionAttributeValues: { ':job': { S: `JOB#${job}` }, ':kind': { S: 'HISTORY#' } },
    }),
  );
  const file = join(folder, `${job}.json`);
  writeFileSync(file, JSON.stringify({ Items: answer.Items }));
  return file;
}

describe('a leaf time that is a history', () => {
  it('is planned with like any other distribution', async () => {
    const file = await exported('two');
    const { leafTime } = readOptions(['--leaf-ms', `history:${file},slow-one`]).question;
    if (typeof leafTime !== 'object') throw new Error('it is a distribution');
    expect(leafTime.cdf(1_000)).toBeCloseTo(0.99, 3);
    expect(leafTime.quantile(0.5)).toBeGreaterThan(190);
    expect(leafTime.quantile(0.5)).toBeLessThan(210);
    const like = (form: string) => plan(readOptions(['--leaf-ms', form, '--tasks', '20']).question).p99Ms;
    expect(like(`history:${file},slow-one`) / like('stragglers:200,0.01,4000')).toBeCloseTo(1, 1);
  });

  it('needs no name of a leaf where there is one', async () => {
    const file = await exported('one', ['quick']);
    expect(readOptions(['--leaf-ms', `history:${file}`]).question.leafTime).toBeDefined();
  });

  it.each([
    ['two leaves and no name', 'two', '', 'has the leaves quick, slow-one: name one of them'],
    ['a leaf that is not there', 'two', ',none', 'has the leaves quick, slow-one: name one of them'],
    ['no such file', 'nowhere', '', 'is no history: ENOENT'],
  ])('is refused in one line with %s', async (_, job, leaf, message) => {
    if (job !== 'nowhere') await exported(job);
    const read = () => readOptions(['--leaf-ms', `history:${join(folder, job)}.json${leaf}`]);
    expect(read).toThrow(BadOption);
    expect(read).toThrow(message);
    expect(read).not.toThrow('\n');
  });

  it.each([
    ['is no JSON', 'Items', 'is no history: '],
    ['is no answer of a query', '{}', 'is no history: it has no Items'],
    ['has no leaf', '{"Items":[{"tasks":{"N":"1"}}]}', 'is no history: no leaf has answered in it'],
  ])('is refused when the file %s', (_, text, message) => {
    const file = join(folder, 'other.json');
    writeFileSync(file, text);
    expect(() => readOptions(['--leaf-ms', `history:${file}`])).toThrow(message);
  });
});

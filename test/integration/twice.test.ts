/** What comes twice to an environment of a leaf: it is answered once, and nothing is lost for that. */
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { ServiceCall } from '../../local/services/intercept.ts';
import { withVisibility } from '../support/amended-assembly.ts';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

/** Every function has one environment, so that whatever comes again meets the one that had it first. */
const LIMITS = { most: 1 };
const TASKS = 60;

describe('an environment of a leaf', () => {
  let cloud: OwnCloud | undefined;
  afterEach(async () => {
    await cloud?.close();
    cloud = undefined;
  });

  it.each(['direct', 'batch'] as const)('delivered %s sends home once what comes twice', async (leaf) => {
    const pessimism = { seed: 3, duplicates: 0.5, stragglers: 0.2, lateMs: 100 };
    const own = await startOwnCloud({ limits: LIMITS, pessimism });
    cloud = own;
    const sent: number[] = [];
    let duplicated = 0;
    own.listen((event) => {
      if (event.kind === 'duplicated' && isLeaf(event.functionId)) duplicated++;
    });
    own.intercept((call) => {
      if (isSendingHome(call)) sent.push(...tasksOf(call));
      return 'pass';
    });
    const { body } = await own.ask('unruly', { behaviours: new Array(TASKS).fill('answer'), leaf });
    expect(body).toMatchObject({ status: 'complete', tasks: { succeeded: TASKS } });
    expect(duplicated).toBeGreaterThan(0);
    expect(sent.sort((a, b) => a - b)).toEqual(Array.from({ length: TASKS }, (_, task) => task));
  });

  it('does again what it could not send home', async () => {
    const own = await startOwnCloud({ limits: LIMITS, assembly: withVisibility(inject('assembly'), 1) });
    cloud = own;
    let invocations = 0;
    let refused = 0;
    own.listen(({ kind, ...event }) => {
      if (kind === 'invocation-ended' && 'functionId' in event && isLeaf(event.functionId)) invocations++;
    });
    own.intercept((call) => {
      if (!isSendingHome(call) || invocations > 0) return 'pass';
      refused++;
      return 'refuse';
    });
    const { body } = await own.ask('unruly', { behaviours: new Array(5).fill('answer'), leaf: 'batch' });
    expect(body).toMatchObject({ status: 'complete', tasks: { succeeded: 5 } });
    expect(refused).toBeGreaterThan(1);
    expect(invocations).toBeGreaterThan(1);
  });
});

const isLeaf = (functionId: string): boolean => /Leaf/.test(functionId);

const isSendingHome = ({ action, functionId }: ServiceCall): boolean => action === 'SendMessage' && isLeaf(functionId);

const tasksOf = ({ body }: ServiceCall): number[] =>
  JSON.parse(String(body.MessageBody)).results.map(({ taskIndex }: { taskIndex: number }) => taskIndex);

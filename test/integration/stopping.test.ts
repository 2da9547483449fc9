/** After a cancel the rest of the work stops: what is under way by its signal, what waits before it is begun. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnCloud, startOwnCloud } from '../support/cloud.ts';

interface Line {
  readonly message?: string;
  readonly requestId?: string;
  readonly tasks?: number;
  readonly notBegun?: number;
}

const TASKS = 6;
const lines: Line[] = [];
const metrics = new Map<string, number>();
let heard = (): void => undefined;
let cloud: OwnCloud;

function hear(line: string): void {
  if (!line.startsWith('{')) return;
  const said = JSON.parse(line);
  lines.push(said);
  for (const name of ['TasksDropped', 'WastedLeafMs'])
    metrics.set(name, (metrics.get(name) ?? 0) + (Number(said[name]) || 0));
  heard();
}

beforeAll(async () => {
  cloud = await startOwnCloud();
  cloud.listen((event) => {
    if (event.kind === 'log') hear(event.line);
  });
});
afterAll(() => cloud.close());

/** Resolves once `holds`, looked at with every line. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    const { promise, resolve } = Promise.withResolvers<void>();
    heard = resolve;
    await promise;
  }
}

const said = (message: string): Line[] => lines.filter((line) => line.message === message);

it('a leaf that checks its requests stops, and begins nothing more, when they are cancelled', async () => {
  const { body } = await cloud.call('/v1/jobs/patient?deadlineMs=600000', { method: 'POST', body: { tasks: TASKS } });
  await until(() => said('task begun').length === 2);
  await cloud.call(`/v1/requests/${body.requestId}`, { method: 'DELETE' });
  await until(() => said('request has ended').reduce((sum, { tasks = 0 }) => sum + tasks, 0) === TASKS);
  expect(said('task stopped: the request has ended')).toHaveLength(2);
  expect(said('task begun')).toHaveLength(2);
  expect(said('request has ended').every(({ requestId }) => requestId === body.requestId)).toBe(true);
  expect(said('request has ended').reduce((sum, { notBegun = 0 }) => sum + notBegun, 0)).toBe(TASKS - 2);
  await until(() => metrics.get('TasksDropped') === TASKS - 2 && (metrics.get('WastedLeafMs') ?? 0) > 0);
  const { body: answer } = await cloud.call(`/v1/requests/${body.requestId}`);
  expect(answer).toMatchObject({ status: 'cancelled', tasks: { succeeded: 0, failed: 0, missing: TASKS } });
});

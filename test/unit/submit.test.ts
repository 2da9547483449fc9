/** The call that submits: whatever goes wrong after its request exists, its caller is told where it is. */
import { describe, expect, it } from 'vitest';
import type { Distributing } from '../../functions/distributor/distribute.ts';
import { submit } from '../../functions/distributor/submit.ts';
import { createApp } from '../../shared/http/app.ts';
import { capturedTimers } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop } from '../support/workshop.ts';

function aDistributor(job = aJob({})) {
  const workshop = aWorkshop(job);
  const limits = { ownerOpenRequests: 9, callbackHosts: [], tasksPerShard: 100, shardsInFlight: 8 };
  const distributing: Distributing = { ...workshop, timers: capturedTimers(), replyTo: 'results', ...limits };
  return { workshop, distributing };
}

async function post(distributing: Distributing, { body = 'null', headers = {}, query = '' } = {}) {
  const { telemetry } = distributing;
  const operations = { submitRequest: (call: Parameters<typeof submit>[1]) => submit(distributing, call) };
  const app = createApp({ auth: 'none', telemetry, operations });
  return app.request(`https://api.example/v1/jobs/job${query}`, { method: 'POST', headers, body });
}

describe('a caller who waits', () => {
  it('is told where the request is, if it cannot be read any more', async () => {
    const { workshop, distributing } = aDistributor();
    const readHead = () => Promise.reject(new Error('DynamoDB throttles'));
    const response = await post(
      { ...distributing, store: { ...workshop.store, readHead } },
      { headers: { prefer: 'wait=1' } },
    );
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe('/v1/requests/request-1');
    expect(await workshop.store.readHead('request-1', 1_000)).toMatchObject({ state: 'open' });
  });
});

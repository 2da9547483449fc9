/** `fetch-all` as it is deployed: what the context allows reaches the leaf, and what one address does harms no other. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fetched } from '../../jobs/fetch-all/job.ts';
import { ask } from '../support/api.ts';

type Row = Fetched & { readonly index: number };

const server = createServer((request, response) => {
  const [, what = '', value = ''] = request.url?.split('/') ?? [];
  if (what === 'json') response.writeHead(200, { 'content-type': 'application/json' }).end(`{"n":${value}}`);
  else if (what === 'large')
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify('x'.repeat(Number(value))));
  else if (what === 'away') response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
  else response.writeHead(404, { 'content-type': 'text/plain' }).end('nothing');
});

let home = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  home = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('a hundred addresses are one answer, in the order they were given', async () => {
  const urls = Array.from({ length: 100 }, (_, index) => `${home}/json/${index}`);
  const { status, body } = await ask('fetch-all', { urls });
  expect([status, body.status]).toEqual([200, 'complete']);
  const { results } = body.aggregate as { results: Row[] };
  expect(results.map(({ index, json }) => [index, json])).toEqual(urls.map((_, index) => [index, { n: index }]));
});

test('what is refused fails alone, at once and with its cause', async () => {
  const urls = [`${home}/json/1`, 'http://169.254.169.254/', `${home}/away`, 'file:///etc/passwd', `${home}/missing`];
  const { body } = await ask('fetch-all', { urls });
  expect(body).toMatchObject({ status: 'partial', completionReason: 'all-answered' });
  expect((body.aggregate as { results: Row[] }).results).toMatchObject([
    { index: 0, status: 200, json: { n: 1 } },
    { index: 4, status: 404, contentType: 'text/plain', bytes: 7 },
  ]);
  expect(body.failed.map(({ taskIndex, message }) => [taskIndex, message.split(':')[0]])).toEqual([
    [1, 'host-not-allowed'],
    [2, 'host-not-allowed'],
    [3, 'scheme-not-allowed'],
  ]);
});

test('answers that are large together are shown as far as there is room, the rest on the results pages', async () => {
  const urls = Array.from({ length: 12 }, () => `${home}/large/500000`);
  const { body } = await ask('fetch-all', { urls });
  expect(body.status).toBe('complete');
  const { results } = body.aggregate as { results: (Row & { jsonOmitted?: true })[] };
  expect(results.map(({ jsonOmitted = false }) => jsonOmitted)).toEqual(urls.map((_, index) => index >= 8));
});

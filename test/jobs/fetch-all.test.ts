import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fetchLeaf, leaf } from '../../jobs/fetch-all/fetch.ts';
import { type Fetched, job } from '../../jobs/fetch-all/job.ts';
import { isWhole } from '../../shared/core/check-job.ts';
import type { LeafContext } from '../../shared/core/job.ts';
import type { Resolve } from '../../shared/net/guarded-lookup.ts';
import { checkFoldLaws, successesOf } from '../support/fold-laws.ts';

const LOCAL = { hosts: 'localhost:*', addresses: 'any' };

const context = (settings?: Record<string, string>, signal = new AbortController().signal): LeafContext => ({
  ...{ requestId: 'r', taskIndex: 0, attempt: 1, deadlineAt: 0, signal },
  ...(settings && { settings }),
});

const fetched = (url: string, settings: Record<string, string> | undefined = LOCAL, by = leaf): Promise<Fetched> =>
  Promise.resolve(by({ url }, context(settings)));

/** What the task fails with, and whether another attempt is worth it. */
async function failure(url: string, settings?: Record<string, string>, by?: typeof leaf): Promise<[string, boolean]> {
  const error: unknown = await fetched(url, settings, by).then(
    (value) => expect.fail(`it answered ${JSON.stringify(value).slice(0, 300)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw error;
  return [error.message, !('retryable' in error) || error.retryable !== false];
}

/** A server on loopback, and how often it was called. */
async function serving(
  answer: RequestListener,
  host = 'localhost',
): Promise<{ url: string; port: number; calls: string[] }> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}`, port, calls };
}

const json =
  (body: string, headers: Record<string, string> = {}) =>
  (_: unknown, response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);

const redirecting = (to: string) => (_: unknown, response: ServerResponse) =>
  response.writeHead(302, { location: to }).end();

/** Names that resolve to the addresses given, one list a look-up, the last one for good. */
function resolving(...answers: readonly (readonly string[])[]): Resolve & { readonly asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (hostname, _options, done) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    done(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return Object.assign(resolve, { asked });
}

describe('an address that is fetched', () => {
  it('answers with its status, content type, bytes and JSON', async () => {
    const { url } = await serving(json('{"a":[1,"é"]}', { 'content-type': 'application/json; charset=utf-8' }));
    expect(await fetched(`${url}/x?y=1#z`)).toEqual({
      ...{ url: `${url}/x?y=1`, status: 200, contentType: 'application/json; charset=utf-8' },
      ...{ bytes: 14, json: { a: [1, 'é'] } },
    });
  });

  it('is taken as JSON by its content type alone', async () => {
    const { url } = await serving(json('{"a":1}', { 'content-type': 'text/plain' }));
    expect(await fetched(url)).toEqual({ url: `${url}/`, status: 200, contentType: 'text/plain', bytes: 7 });
    const problem = await serving(json('{}', { 'content-type': 'application/problem+json' }));
    expect(await fetched(problem.url)).toMatchObject({ json: {} });
  });

  it('may answer with any status, which is a result and no failure', async () => {
    const { url } = await serving((_, response) => response.writeHead(503, { 'content-type': 'text/html' }).end('no'));
    expect(await fetched(url)).toMatchObject({ status: 503, bytes: 2 });
    const empty = await serving((_, response) => response.writeHead(204, { 'content-type': 'application/json' }).end());
    expect(await fetched(empty.url)).toMatchObject({ status: 204, bytes: 0 });
  });

  it('is followed through redirects to where they end', async () => {
    const { url, calls } = await serving((request, response) => {
      if (request.url === '/end') return json('7')(request, response);
      redirecting(request.url === '/start' ? 'middle' : '/end')(request, response);
    });
    expect(await fetched(`${url}/start`)).toMatchObject({ url: `${url}/start`, finalUrl: `${url}/end`, json: 7 });
    expect(calls).toEqual(['/start', '/middle', '/end']);
  });

  it('tells nobody who asks: it is called without credentials, cookies or a referrer', async () => {
    const { url } = await serving((request, response) => json(JSON.stringify(request.headers))(request, response));
    const { json: headers } = await fetched(url);
    expect(Object.keys(headers as object).toSorted()).toEqual(
      ['accept', 'accept-encoding', 'connection', 'host', 'user-agent'].toSorted(),
    );
  });
});

describe('hosts', () => {
  it.each([
    ...['none', '*', '*:*', 'a.example', '*.example.org', 'localhost:8080', 'localhost:*', 'a.example,*.b.example:444'],
  ])('may be %s', (hosts) => expect(isWhole(job.settings.hosts?.pattern ?? /^$/, hosts)).toBe(true));

  it.each(['', 'A.example', 'https://a.example', 'a..b', 'a.example, b.example', '[::1]', 'a.*', 'a/b', 'a@b'])(
    'may not be %j',
    (hosts) => expect(isWhole(job.settings.hosts?.pattern ?? /^$/, hosts)).toBe(false),
  );

  const isListed = async (url: string, hosts: string): Promise<boolean> =>
    !(
      await failure(url, { hosts, addresses: 'public' }, fetchLeaf({ resolve: resolving(['127.0.0.1']) }))
    )[0].startsWith('host-not-allowed');

  it.each([
    ['http://a.example/', 'a.example'],
    ['https://a.example:443/', 'a.example'],
    ['http://A.EXAMPLE/', 'a.example'],
    ['http://b.a.example/', 'c.example,*.a.example'],
    ['http://a.example:8080/', 'a.example:8080'],
    ['http://a.example:8080/', '*:*'],
    ['http://anything.example/', '*'],
  ])('let %s pass under %s', async (url, hosts) => expect(await isListed(url, hosts)).toBe(true));

  it.each([
    ['http://a.example/', 'none'],
    ['http://none/', 'none'],
    ['http://b.example/', 'a.example'],
    ['http://a.example/', '*.a.example'],
    ['http://ba.example/', '*.a.example'],
    ['http://a.example.evil.net/', 'a.example'],
    ['http://a.example./', 'a.example'],
    ['http://a.example:8080/', 'a.example'],
    ['http://a.example:22/', '*'],
    ['http://a.example:443/', 'a.example'],
    ['http://a.example/', 'a.example:8080'],
    ['http://a.example\\@b.example/', 'b.example'],
    ['http:///b.example/a.example', 'a.example'],
  ])('stop %s under %s', async (url, hosts) => expect(await isListed(url, hosts)).toBe(false));

  it('are none where the deployment says nothing', async () => {
    expect(
      await failure('https://example.com/', undefined, (({ url }) => leaf({ url }, context())) as typeof leaf),
    ).toEqual([
      expect.stringMatching(/^host-not-allowed: example\.com is not among the context's fetch-all:hosts$/),
      false,
    ]);
  });
});

/** A deployment that allows every host, but no address that is not public. */
const PUBLIC = { hosts: '*:*', addresses: 'public' };

describe('an address that is not public', () => {
  it.each([
    ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001', '１２７.0.0.1'],
    ...['0', '10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '169.254.169.254', '0xa9fea9fe', '2852039166'],
    ...[
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::ffff:169.254.169.254]',
      '[0:0:0:0:0:ffff:a9fe:a9fe]',
    ],
    ...['[fe80::1]', '[fd00:ec2::254]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[::127.0.0.1]'],
  ])('is not connected to as %s', async (host) => {
    expect(await failure(`http://${host}/`, PUBLIC)).toEqual([
      'address-not-public: the host has an address that is not public',
      false,
    ]);
  });

  it('is not connected to by a name: this machine’s own resolver knows localhost', async () => {
    const { url, calls } = await serving(json('"secret"'));
    for (const address of [url, url.replace('localhost', 'LOCALHOST'), url.replace('localhost', '%6cocalhost')])
      expect((await failure(address, PUBLIC))[0]).toMatch(/^address-not-public: /);
    expect(calls).toEqual([]);
  });

  it.each([['127.0.0.1'], ['169.254.169.254'], ['8.8.8.8', '127.0.0.1'], ['::1'], ['::ffff:169.254.169.254']])(
    'is not connected to by a name that resolves to it: %s, %s',
    async (...addresses) => {
      const resolve = resolving(addresses);
      expect((await failure('http://harmless.example/', PUBLIC, fetchLeaf({ resolve })))[0]).toMatch(
        /^address-not-public: /,
      );
      expect(resolve.asked).toEqual(['harmless.example']);
    },
  );

  it('is connected to where the deployment says so', async () => {
    const { port } = await serving(json('1'), '127.0.0.1');
    expect(await fetched(`http://2130706433:${port}/`, { hosts: '*:*', addresses: 'any' })).toMatchObject({ json: 1 });
  });
});

describe('a redirect', () => {
  it.each([
    ['http://evil.example/', 'host-not-allowed'],
    ['//evil.example/', 'host-not-allowed'],
    ['file:///etc/passwd', 'scheme-not-allowed'],
    ['gopher://localhost/', 'scheme-not-allowed'],
    ['data:application/json,1', 'scheme-not-allowed'],
    ['http://user@localhost/', 'credentials-not-allowed'],
    ['http://%', 'invalid-url'],
    [`/${'x'.repeat(2_100)}`, 'url-too-long'],
  ])('to %s is checked as what was given is', async (to, code) => {
    const { url, calls } = await serving(redirecting(to));
    expect(await failure(url, LOCAL)).toEqual([expect.stringMatching(`^${code}: `), false]);
    expect(calls).toHaveLength(1);
  });

  /** A world in which this machine's 127.0.0.1 is the one public address there is. */
  const isPublic = ({ address }: { address: string }) => address === '127.0.0.1';
  const where = (to: string, port: number): string => to.replace('PORT', String(port));

  it.each([
    ...[
      'http://127.0.0.2:PORT/',
      'http://[::1]:PORT/',
      'http://2852039166/latest/meta-data/',
      'http://[::ffff:7f00:1]/',
    ],
    ...['http://inside.example:PORT/'],
  ])('to %s is not followed where addresses must be public', async (to) => {
    const { port, calls } = await serving(
      (request, response) => redirecting(where(to, port))(request, response),
      '127.0.0.1',
    );
    const resolve = resolving(['127.0.0.1'], ['169.254.169.254']);
    expect(await failure(`http://a.example:${port}/`, PUBLIC, fetchLeaf({ resolve, isPublic }))).toEqual([
      expect.stringMatching(/^address-not-public: /),
      false,
    ]);
    expect(calls).toHaveLength(1);
  });

  it('to the same name has it looked up and checked anew', async () => {
    const { calls, port } = await serving(redirecting('/again'), '127.0.0.1');
    const resolve = resolving(['127.0.0.1'], ['127.0.0.1'], ['10.0.0.1']);
    expect((await failure(`http://a.example:${port}/`, PUBLIC, fetchLeaf({ resolve, isPublic })))[0]).toMatch(
      /^address-not-public: /,
    );
    expect([calls.length, resolve.asked.length]).toEqual([2, 3]);
  });

  it('after five others is one too many', async () => {
    const { url, calls } = await serving(redirecting('/again'));
    expect(await failure(url)).toEqual(['too-many-redirects: it redirects more than 5 times', false]);
    expect(calls).toHaveLength(6);
  });
});

describe('an address that is refused by what it is', () => {
  it.each([
    ['', 'invalid-url'],
    ['localhost', 'invalid-url'],
    ['http://', 'invalid-url'],
    ['http://[::1', 'invalid-url'],
    ['http://256.256.256.256/', 'invalid-url'],
    ['http://localhost:99999/', 'invalid-url'],
    ['ftp://localhost/', 'scheme-not-allowed'],
    ['file:///etc/passwd', 'scheme-not-allowed'],
    ['javascript:alert(1)', 'scheme-not-allowed'],
    ['http://user:word@localhost/', 'credentials-not-allowed'],
    ['http://localhost@evil.example/', 'credentials-not-allowed'],
    ['http://:word@localhost/', 'credentials-not-allowed'],
    [`http://localhost/${'x'.repeat(2_048)}`, 'url-too-long'],
  ])('%s', async (url, code) => {
    expect(await failure(url, LOCAL)).toEqual([expect.stringMatching(`^${code}: `), false]);
  });
});

describe('a body', () => {
  const MOST = 512 * 1024;

  it('may be as large as the limit, and no larger, whether it says so or not', async () => {
    const text = { 'content-type': 'text/plain' };
    const enough = await serving((_, response) => response.writeHead(200, text).end('x'.repeat(MOST)));
    expect(await fetched(enough.url)).toMatchObject({ bytes: MOST });
    const said = await serving((_, response) => response.writeHead(200, { 'content-length': MOST + 1 }).end('x'));
    expect((await failure(said.url))[0]).toMatch(/^body-too-large: /);
    const silent = await serving((_, response) => {
      response.writeHead(200, text);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    });
    expect(await failure(silent.url)).toEqual([expect.stringMatching(/^body-too-large: /), false]);
  });

  it('that comes packed is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const { url } = await serving((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb),
    );
    expect(await failure(url)).toEqual(['encoded-body: it came as gzip, which was not asked for', false]);
  });

  it.each([
    ['{', /^invalid-json: /],
    ['', /^invalid-json: /],
    ['{"a":1}{"b":2}', /^invalid-json: /],
    ['NaN', /^invalid-json: /],
    ['"\u0001"', /^invalid-json: /],
    ['['.repeat(200_000) + ']'.repeat(200_000), /^json-too-deep: /],
    [`[${'1e20,'.repeat(60_000)}1]`, /^body-too-large: its JSON/],
  ])('that says it is JSON, and begins with %.20s, fails its task', async (body, message) => {
    const { url } = await serving(json(body));
    expect(await failure(url)).toEqual([expect.stringMatching(message), false]);
  });

  it('that says it is JSON and is no UTF-8 fails its task', async () => {
    const { url } = await serving((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])),
    );
    expect((await failure(url))[0]).toMatch(/^invalid-json: /);
  });

  it.each([
    ['headers', (response: ServerResponse) => void response],
    ['a body', (response: ServerResponse) => void response.writeHead(200).write('x')],
  ])('whose %s never end is given up, and may be tried again', async (_, begin) => {
    const { url } = await serving((_request, response) => begin(response));
    expect(await failure(url, LOCAL, fetchLeaf({ mostMs: 200 }))).toEqual([
      'timed-out: it took longer than 200 ms',
      true,
    ]);
  });

  it('that drips is given up when its time is over, however lively it is', async () => {
    const { url } = await serving(async (_, response) => {
      response.writeHead(200);
      while (!response.destroyed) {
        response.write('x');
        await sleep(20);
      }
    });
    expect((await failure(url, LOCAL, fetchLeaf({ mostMs: 250 })))[0]).toMatch(/^timed-out: /);
  });

  it('is not waited for when the task is over', async () => {
    const { url } = await serving(() => undefined);
    const controller = new AbortController();
    const fetching = leaf({ url }, context(LOCAL, controller.signal));
    setImmediate(() => controller.abort(new Error('the deadline has passed')));
    await expect(fetching).rejects.toThrow(/^no-answer: /);
  });
});

describe('a server that is none', () => {
  it('is a failure that may be tried again', async () => {
    const { url, port } = await serving(() => undefined);
    expect(await failure(`https://localhost:${port}/`)).toEqual([expect.stringMatching(/^no-answer: /), true]);
    expect(await failure(url.replace(String(port), '1'))).toEqual([expect.stringMatching(/^no-answer: /), true]);
  });

  it.each(['no HTTP at all\r\n\r\n', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, ''])(
    'and answers %.30j',
    async (bytes) => {
      const server = createTcpServer((socket) => socket.on('error', () => undefined).end(bytes)).listen(0, 'localhost');
      onTestFinished(() => void server.close());
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      expect(await failure(`http://localhost:${port}/`)).toEqual([expect.stringMatching(/^no-answer: /), true]);
    },
  );
});

/** JSON has one zero only. */
const asItTravels = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('fetch-all', () => {
  const row = (index: number, bytes: number) => ({
    taskIndex: index,
    value: { url: `http://a.example/${index}`, status: 200, bytes, json: 'x'.repeat(bytes) },
  });

  it('asks for each address once, in order, as they were given', () => {
    const urls = ['http://a.example/', 'nonsense', 'http://a.example/'];
    expect([...job.split({ urls })].map(({ payload }) => payload)).toEqual(urls.map((url) => ({ url })));
    expect([...job.split({ urls: ['x'.repeat(5_000)] })][0]?.label).toHaveLength(200);
  });

  it('answers in the order of the input, each with its place', () => {
    const { fold } = job;
    const right = fold.add(fold.empty(), row(2, 3));
    const { results } = fold.finish(fold.merge(fold.add(fold.empty(), row(0, 3)), right));
    expect(results.map(({ index, url }) => [index, url])).toEqual([
      [0, 'http://a.example/0'],
      [2, 'http://a.example/2'],
    ]);
  });

  it('leaves out the JSON that an answer has no room for, and says so', () => {
    const half = 400 * 1024;
    const rows = Array.from({ length: 100 }, (_, index) => row(index, half));
    const { results } = job.fold.finish(rows.reduce(job.fold.add, job.fold.empty()));
    expect(Buffer.byteLength(JSON.stringify(results))).toBeLessThan(5 * 1024 * 1024);
    expect(results.filter(({ json }) => json !== undefined)).toHaveLength(10);
    expect(results.at(-1)).toEqual({
      ...{ index: 99, url: 'http://a.example/99', status: 200, bytes: half },
      jsonOmitted: true,
    });
  });

  it('obeys the fold laws', () => {
    const value = fc.record({
      url: fc.webUrl(),
      status: fc.integer({ min: 200, max: 599 }),
      bytes: fc.nat(),
      json: fc.jsonValue().map(asItTravels),
    });
    checkFoldLaws(job, successesOf(value));
  });

  it.each([
    {},
    { urls: [] },
    { urls: Array(101).fill('http://a.example/') },
    { urls: ['x'.repeat(10_001)] },
    { urls: [7] },
    { urls: 'http://a.example/' },
    { urls: ['http://a.example/'], more: 1 },
    null,
  ])('refuses %.60j', (body) => expect(job.input.safeParse(body).success).toBe(false));

  it('takes its own example and a hundred addresses', () => {
    expect(job.input.safeParse(job.example).success).toBe(true);
    expect(job.input.safeParse({ urls: Array(100).fill('nonsense') }).success).toBe(true);
  });
});

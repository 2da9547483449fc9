/** Callbacks: which addresses a caller may give, and how they are called. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { request as overTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callbackAddress } from '../../shared/http/callback.ts';
import { createCallbackSender } from '../../shared/http/callback-sender.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { isPublic } from '../../shared/net/public-address.ts';

const HOSTS = ['hooks.example.com', '*.example.org'];
const SECRET = Buffer.alloc(24, 7).toString('base64');

describe('an address to call', () => {
  const address = (url?: string, secret: string | undefined = SECRET, hosts = HOSTS) =>
    callbackAddress(url, secret, hosts);
  const refusal = (...given: Parameters<typeof address>) => {
    try {
      address(...given);
    } catch (error) {
      if (error instanceof ProblemError) return error.details;
      throw error;
    }
    return undefined;
  };

  test('is none unless given', () => expect(callbackAddress(undefined, undefined, [])).toBeUndefined());

  test.each([
    'https://hooks.example.com/a?b=c',
    'https://a.example.org/',
    'https://a.b.example.org/',
    'https://HOOKS.example.com:443/',
  ])('may be %s', (url) => expect(address(url)).toEqual({ url: new URL(url).href, secret: SECRET }));

  test.each([
    ['http://hooks.example.com/', /https/],
    ['hooks.example.com', /https/],
    ['', /https/],
    ['javascript:alert(1)', /https/],
    ['https://user@hooks.example.com/', /user/],
    ['https://:word@hooks.example.com/', /password/],
    ['https://hooks.example.com:8443/', /port/],
    ['https://example.org/', /not allow/],
    ['https://hooks.example.com.evil.net/', /not allow/],
    ['https://evilexample.org/', /not allow/],
    ['https://hooks.example.com./', /not allow/],
    ['https://hooks.example.com@evil.net/', /user/],
    ['https://127.0.0.1/', /not allow/],
    ['https://0x7f000001/', /not allow/],
    ['https://[::1]/', /not allow/],
    ['https://localhost/', /not allow/],
    [`https://hooks.example.com/${'x'.repeat(500)}`, /too long/],
  ])('may not be %s', (url, rule) => {
    expect(refusal(url)?.errors).toMatchObject([{ field: 'callback', message: expect.stringMatching(rule) }]);
  });

  test('may be none where the deployment allows no host, which the refusal names', () => {
    expect(refusal('https://hooks.example.com/', SECRET, [])?.detail).toMatch(/callbackHosts/);
  });

  test.each([undefined, '', 'no base64!', Buffer.alloc(23).toString('base64'), Buffer.alloc(65).toString('base64')])(
    'needs a key of 24 to 64 bytes, not %j, which no refusal repeats',
    (secret) => {
      const details = refusal('https://hooks.example.com/', secret ?? '');
      expect(details?.errors).toMatchObject([{ field: 'Callback-Secret' }]);
      if (secret) expect(JSON.stringify(details)).not.toContain(secret);
    },
  );

  test('may have its key written as the specification writes it', () => {
    expect(address('https://hooks.example.com/', `whsec_${SECRET}`)?.secret).toBe(SECRET);
  });

  test('must be there if its key is', () => {
    expect(refusal(undefined)?.errors).toMatchObject([{ field: 'Callback-Secret' }]);
  });
});

describe('public addresses', () => {
  const check = (address: string) => isPublic({ address, family: address.includes(':') ? 6 : 4 });

  test.each(['8.8.8.8', '172.15.255.255', '172.32.0.0', '100.128.0.0', '2606:4700::1111'])('%s is one', (address) =>
    expect(check(address)).toBe(true),
  );

  test.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1', '224.0.0.1'],
    ...['255.255.255.255', '::', '::1', 'fe80::1', 'fd00:ec2::254', 'fc00::1', 'ff02::1', '::ffff:127.0.0.1'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1'],
  ])('%s is none', (address) => expect(check(address)).toBe(false));
});

describe('a call', () => {
  const message = { id: 'r-v1', body: '{"requestId":"r"}', at: 1_700_000_000_999 };
  // Without TLS, and to this machine: what a test may do by an argument, no deployment can by a setting.
  const sender = createCallbackSender(request as typeof overTls, () => true);

  async function receiver(answer: (response: ServerResponse) => void) {
    const seen: { readonly headers: IncomingMessage['headers']; readonly body: string; readonly url?: string }[] = [];
    const server = createServer(async (incoming, response) => {
      const body = (await incoming.toArray()).join('');
      seen.push({ headers: incoming.headers, body, url: incoming.url ?? '' });
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { seen, to: { url: `http://localhost:${(server.address() as AddressInfo).port}/done`, secret: SECRET } };
  }

  test('is signed as Standard Webhooks has it', async () => {
    const { seen, to } = await receiver((response) => response.writeHead(204).end());
    expect(await sender.send(to, message)).toEqual({ outcome: 'taken', reason: 'answered 204' });
    const [{ headers, body } = { headers: {}, body: '' }] = seen;
    expect(body).toBe(message.body);
    expect(headers).toMatchObject({ 'webhook-id': 'r-v1', 'webhook-timestamp': '1700000000' });
    const key = Buffer.alloc(24, 7);
    const expected = createHmac('sha256', key).update(`r-v1.1700000000.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
  });

  test('agrees with the example of the specification’s own libraries', async () => {
    const { seen, to } = await receiver((response) => response.writeHead(200).end());
    const secret = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const known = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}', at: 1_614_265_330_000 };
    await sender.send({ ...to, secret }, known);
    expect(seen[0]?.headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test.each([
    [200, 'taken'],
    [299, 'taken'],
    [302, 'not-taken'],
    [404, 'not-taken'],
    [410, 'gone'],
    [500, 'not-taken'],
  ])('that is answered %i is %s, and no redirect is followed', async (status, outcome) => {
    const { seen, to } = await receiver((response) => response.writeHead(status, { location: '/elsewhere' }).end());
    expect((await sender.send(to, message)).outcome).toBe(outcome);
    expect(seen.map(({ url }) => url)).toEqual(['/done']);
  });

  test('reads none of an endless body', async () => {
    const { to } = await receiver((response) => {
      response.writeHead(200);
      response.write('x'.repeat(1_000));
    });
    expect((await sender.send(to, message)).outcome).toBe('taken');
  });

  test('that nobody takes is to be tried again', async () => {
    const { to } = await receiver((response) => response.destroy());
    expect((await sender.send(to, message)).outcome).toBe('not-taken');
  });

  test('goes to no address that is not public, whatever its name says', async () => {
    const { seen, to } = await receiver((response) => response.writeHead(200).end());
    const careful = createCallbackSender(request as typeof overTls);
    expect(await careful.send(to, message)).toEqual({
      outcome: 'not-taken',
      reason: 'the host has an address that is not public',
    });
    expect(seen).toEqual([]);
  });

  test('speaks TLS alone', async () => {
    const { to } = await receiver((response) => response.writeHead(200).end());
    expect((await createCallbackSender().send(to, message)).outcome).toBe('not-taken');
  });
});

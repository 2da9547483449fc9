/**
 * Calls addresses that callers gave, and so trusts none of them: only public addresses are connected to, redirects are not
 * followed, of the response only its status is read, and all of it takes `LIMITS.callbackMs` at most. Headers and signature
 * as the Standard Webhooks specification has them (github.com/standard-webhooks, spec 1.0.0, 2026-11).
 */
import { createHmac } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { type RequestOptions, request as requestOverTls } from 'node:https';
import { messageOf } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { CallbackOutcome, CallbackSender } from '../core/ports/notices.ts';
import { guardedLookup } from '../net/guarded-lookup.ts';
import { isPublic } from '../net/public-address.ts';

type Request = typeof requestOverTls;

/** `request` and `mayConnect` are for tests of what is neither TLS nor the rule for addresses. */
export const createCallbackSender = (
  request: Request = requestOverTls,
  mayConnect: (address: LookupAddress) => boolean = isPublic,
): CallbackSender => ({
  async send({ url, secret }, { id, body, at }) {
    const timestamp = String(Math.floor(at / 1_000));
    const headers = {
      ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'user-agent': 'fanfold' },
      ...{ 'webhook-id': id, 'webhook-timestamp': timestamp },
      'webhook-signature': `v1,${signature(secret, `${id}.${timestamp}.${body}`)}`,
    };
    const signal = AbortSignal.timeout(LIMITS.callbackMs);
    try {
      const options = { method: 'POST', headers, agent: false, lookup: guardedLookup(mayConnect), signal };
      return outcomeOf(await statusOf(request, url, options, body));
    } catch (error) {
      return {
        outcome: 'not-taken',
        reason: signal.aborted ? 'took too long' : messageOf(error, LIMITS.messageLength),
      };
    }
  },
});

const signature = (secret: string, content: string): string =>
  createHmac('sha256', Buffer.from(secret, 'base64')).update(content).digest('base64');

function statusOf(request: Request, url: string, options: RequestOptions, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, options, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** What the receiver means: 410 that it wants no call of this kind any more (Standard Webhooks, "Deliverability"). */
function outcomeOf(status: number): CallbackOutcome {
  const reason = `answered ${status}`;
  if (status >= 200 && status < 300) return { outcome: 'taken', reason };
  return { outcome: status === 410 ? 'gone' : 'not-taken', reason };
}

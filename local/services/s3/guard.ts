/** Stands before and behind fauxqs's S3: refuses what AWS would, disturbs as a test wants it, and counts. */
import { countS3 } from '../../billing/messaging.ts';
import type { Meter } from '../../billing/meter.ts';
import type { WebServer } from '../fauxqs.ts';
import type { Caller, Callers } from '../intercept.ts';
import type { Refusal } from '../strictness.ts';
import { hidesMissingKey, refusedAccess, s3Call } from './calls.ts';

interface Reply {
  status(code: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body: string): unknown;
}

const REFUSED_BY_TEST: Refusal = { code: 'InternalError', message: 'refused by the test', status: 500 };
/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (read November 2026) */
const THROTTLED: Refusal = { code: 'SlowDown', message: 'Please reduce your request rate.', status: 503 };

/** Has every call of S3 that `webServer` serves judged and counted. */
export function guardS3(webServer: WebServer, callers: Callers, meter: Meter): void {
  const toKill = new WeakMap<object, Caller>();
  webServer.addHook('preHandler', (request, reply, next) => {
    const call = s3Call(request);
    if (!call) return next();
    const refused = refusedAccess(request, Date.now());
    if (refused) return void refuse(reply, refused);
    const [verdict, caller] = callers.judge(request.headers.authorization, call);
    if (verdict === 'refuse') return void refuse(reply, REFUSED_BY_TEST);
    if (verdict === 'throttle') return void refuse(reply, THROTTLED);
    if (verdict === 'kill-before') {
      caller?.kill();
      return void reply.hijack();
    }
    if (verdict === 'kill-after' && caller) toKill.set(request, caller);
    next();
  });
  webServer.addHook('onSend', (request, reply, payload, next) => {
    toKill.get(request)?.kill();
    const hidden = s3Call(request) && hidesMissingKey(reply.statusCode, payload);
    if (hidden) reply.status(hidden.status ?? 400);
    if (reply.statusCode < 500) countS3(meter, request.method, request.url);
    next(null, hidden ? errorBody(hidden) : payload);
  });
}

function refuse(reply: Reply, refused: Refusal): void {
  reply
    .status(refused.status ?? 400)
    .headers({ 'content-type': 'text/xml' })
    .send(errorBody(refused));
}

const errorBody = ({ code, message }: Refusal): string =>
  `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;

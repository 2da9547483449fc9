/** The HTTP answers that carry a request: 200 closed or running, 202 accepted, 304 unchanged. */
import type { Answer } from '../core/answer.ts';
import type { Estimate } from '../core/estimate.ts';
import type { Head } from '../core/gathering.ts';
import { closedTag, noneMatch, runningTag } from './etag.ts';
import { acceptedView, closedView, type Progress, requestPath, runningView } from './view.ts';

/** Seconds after which to ask again: when the answer is as likely there as not, or else a twentieth of the time left; 1 to 30. */
function retryAfter({ p50At, latestAt }: Estimate, now: number): string {
  const seconds = p50At === undefined ? (latestAt - now) / 20_000 : (p50At - now) / 1_000;
  return String(Math.min(30, Math.max(1, Math.ceil(seconds))));
}

/** May be kept, and must be asked about again: a later version may replace it. */
const REVALIDATED = 'private, no-cache';
const NOT_KEPT = 'no-store';

interface Conditions {
  readonly ifNoneMatch?: string | undefined;
  /** An answer with links is never the same again: they are signed anew, and end. It has no tag, and is not to be kept. */
  readonly hasLinks?: boolean;
}

function tagged(
  body: unknown,
  tag: string,
  { ifNoneMatch, hasLinks = false }: Conditions,
  headers: Record<string, string>,
): Response {
  if (hasLinks) return Response.json(body, { headers: { ...headers, 'cache-control': NOT_KEPT } });
  const all = { etag: tag, ...headers };
  if (noneMatch(ifNoneMatch, tag)) return new Response(null, { status: 304, headers: all });
  return Response.json(body, { headers: all });
}

/** 200 with the answer, or 304. `headers` are further ones, such as `Preference-Applied`. */
export function closedResponse(
  head: Head,
  answer: Answer,
  { headers, ...conditions }: Conditions & { readonly headers?: Record<string, string> } = {},
): Response {
  const tag = closedTag(head.requestId, answer.version);
  return tagged(closedView(head, answer), tag, conditions, {
    'cache-control': REVALIDATED,
    'content-location': requestPath(head.requestId),
    ...headers,
  });
}

/** 200 with what is known of a running request, or 304. */
export function runningResponse(
  head: Head,
  progress: Progress & { readonly hints: { readonly arrived: number; readonly failed: number } },
  { now, ...conditions }: Conditions & { readonly now: number },
): Response {
  const headers = { 'cache-control': NOT_KEPT, 'retry-after': retryAfter(progress.estimate, now) };
  return tagged(runningView(head, progress), runningTag(head, progress.hints), conditions, headers);
}

/** 202: accepted, with where and when to ask. */
export function acceptedResponse(
  head: Pick<Head, 'requestId' | 'deadlineAt'>,
  {
    now,
    estimate,
    headers,
  }: { readonly now: number; readonly estimate: Estimate; readonly headers?: Record<string, string> },
): Response {
  return Response.json(acceptedView(head, estimate), {
    status: 202,
    headers: { location: requestPath(head.requestId), 'retry-after': retryAfter(estimate, now), ...headers },
  });
}

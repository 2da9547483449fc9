/** The trace a request belongs to, in the W3C form (Trace Context, level 1). */

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const XRAY = /Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;Parent=([0-9a-f]{16}))?(?:;Sampled=([01]))?/;

/** The caller's `traceparent` if it is well-formed, else the one X-Ray's header stands for, else none. */
export function traceparentOf(header: string | undefined, xray: string | undefined): string | undefined {
  if (header && TRACEPARENT.test(header)) return header;
  const [, epoch, unique, parent, sampled] = XRAY.exec(xray ?? '') ?? [];
  return epoch && unique && parent ? `00-${epoch}${unique}-${parent}-0${sampled ?? '0'}` : undefined;
}

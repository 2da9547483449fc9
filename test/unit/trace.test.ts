import { describe, expect, it } from 'vitest';
import { traceparentOf } from '../../functions/distributor/trace.ts';

const GIVEN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const XRAY = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

describe('the trace of a request', () => {
  it("is the caller's", () => expect(traceparentOf(GIVEN, XRAY)).toBe(GIVEN));
  it("is X-Ray's when the caller has none", () =>
    expect(traceparentOf(undefined, XRAY)).toBe('00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01'));
  it.each(['nonsense', GIVEN.toUpperCase(), `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])('is not %s', (header) =>
    expect(traceparentOf(header, undefined)).toBeUndefined(),
  );
});

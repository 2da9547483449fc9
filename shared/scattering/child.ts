/** What a nested request is called: by what it answers and what it is asked, so that a repeat is the same request. */
import { createHash } from 'node:crypto';
import type { NestedRequest } from '../core/envelope.ts';
import type { Head } from '../core/gathering.ts';

/** A request's names. Neither can be guessed without the token of the request above, nor that from them. */
export interface Child {
  /** In the form of a UUID of version 8 (RFC 9562, section 5.8, 2024). */
  readonly requestId: string;
  readonly resultsToken: string;
}

/** The request that answers a task of `parent` by what it asks for. */
export function childOf(
  { requestId, resultsToken }: Pick<Head, 'requestId' | 'resultsToken'>,
  taskIndex: number,
  { job, input = null, claim }: NestedRequest,
): Child {
  const digest = (of: keyof Child): Buffer =>
    createHash('sha256')
      .update(JSON.stringify([of, requestId, resultsToken, taskIndex, job, claim ? [claim.sha256] : { input }]))
      .digest();
  return {
    requestId: uuidOf(digest('requestId')),
    resultsToken: digest('resultsToken').subarray(0, 18).toString('base64url'),
  };
}

function uuidOf(digest: Buffer): string {
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x80, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Reading a body: its size first, then UTF-8, then JSON. The content type is not asked: `curl -d` sends a form's. */
import { ProblemError } from './problem.ts';

/**
 * The body of `request` as JSON.
 *
 * @throws ProblemError `input-too-large` saying the limit in bytes, or `malformed-json`.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > maxBytes) throw bodyTooLarge(bytes.byteLength, maxBytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const message = bytes.byteLength === 0 ? 'is empty; send the input as JSON' : 'is not valid JSON in UTF-8';
    throw new ProblemError('malformed-json', { detail: `the body ${message}`, errors: [{ field: 'body', message }] });
  }
}

/** The problem of a body that has too many bytes, by itself or as it would be passed on. */
export function bodyTooLarge(bytes: number, limit: number): ProblemError {
  const message = `has ${bytes} bytes, over the limit of ${limit}`;
  return new ProblemError('input-too-large', {
    detail: `the body ${message}`,
    errors: [{ field: 'body', message, limit }],
  });
}

/** How a claim's text is stored: gzipped where that is worth it. What comes back is believed only if it is what went in. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type Claim, claimTampered, claimTooLarge } from '../core/claim.ts';
import { LIMITS } from '../core/limits.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** The fastest: a third of the default's time for records, and a tenth more bytes (5 MiB, measured 2026-11). */
const LEVEL = 1;
/** Of its bytes, what gzip must leave at most to be worth undoing. */
const WORTH_IT = 0.9;

const digest = (text: Uint8Array): string => createHash('sha256').update(text).digest('hex');

/** A text as it is stored, with all that its claim says but how long. @throws ClaimError `claim-too-large` */
export async function encodeText(
  json: string,
): Promise<{ readonly said: Omit<Claim, 'days'>; readonly body: Uint8Array }> {
  const text = Buffer.from(json);
  if (text.length > LIMITS.claimBytes) throw claimTooLarge(text.length);
  const said = { sha256: digest(text), bytes: text.length };
  const zipped = await zip(text, { level: LEVEL });
  if (zipped.length > text.length * WORTH_IT) return { said, body: text };
  return { said: { ...said, encoding: 'gzip' }, body: zipped };
}

/** The value of a stored text. @throws ClaimError `claim-tampered` unless it is what the claim says */
export async function decodeText(claim: Claim, body: Uint8Array): Promise<unknown> {
  const text = claim.encoding === 'gzip' ? await unzipped(claim, body) : body;
  if (text.length !== claim.bytes) throw claimTampered(claim, `has ${text.length} bytes, not ${claim.bytes}`);
  if (digest(text) !== claim.sha256) throw claimTampered(claim, 'has another hash');
  try {
    return JSON.parse(Buffer.from(text.buffer, text.byteOffset, text.length).toString());
  } catch {
    throw claimTampered(claim, 'is not JSON');
  }
}

/** Never more than the claim says, however much there is in it. */
async function unzipped(claim: Claim, body: Uint8Array): Promise<Uint8Array> {
  try {
    return await unzip(body, { maxOutputLength: claim.bytes });
  } catch {
    throw claimTampered(claim, `is no gzip of ${claim.bytes} bytes`);
  }
}

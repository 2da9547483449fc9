/** One GET, without following redirects: the name is looked up and checked by the connection that uses the answer. */
import { type IncomingMessage, request as overPlain, type RequestOptions } from 'node:http';
import { request as overTls } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AddressNotPublicError } from '../../shared/net/guarded-lookup.ts';
import { refused } from './hosts.ts';

export interface Getting {
  readonly lookup: LookupFunction;
  /** Whether a host that is written as an address may be connected to. */
  readonly mayConnect: (address: { readonly address: string; readonly family: number }) => boolean;
  readonly signal: AbortSignal;
}

export interface Got {
  readonly status: number;
  readonly contentType?: string;
  /** Where a redirect leads. */
  readonly location?: string;
  /** Empty of a redirect, which is not read. */
  readonly body: Buffer;
}

/** Bytes of one body. A request's hundred are folded in the memory of one function of 512 MB. */
export const BODY_BYTES = 512 * 1024;

/** No encoding is asked for, so that the bytes that come are the bytes there are: nothing is ever unpacked. */
const HEADERS = { accept: 'application/json, */*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'fanfold' };

/**
 * What `url` answers, read to its end.
 *
 * @throws FanfoldError where no other attempt would help; what the network threw otherwise.
 */
export async function get(url: URL, { lookup, mayConnect, signal }: Getting): Promise<Got> {
  const address = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  if (family && !mayConnect({ address, family })) throw notPublic();
  try {
    return await read(await responseOf(url, { headers: HEADERS, agent: false, lookup, signal }));
  } catch (error) {
    throw error instanceof AddressNotPublicError ? notPublic() : error;
  }
}

const notPublic = () => refused('address-not-public', 'the host has an address that is not public');

function responseOf(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? overTls : overPlain;
  return new Promise((resolve, reject) => {
    request(url, options, resolve).on('error', reject).end();
  });
}

async function read(response: IncomingMessage): Promise<Got> {
  const { statusCode: status = 0, headers } = response;
  const contentType = headers['content-type']?.slice(0, 200);
  const got = { status, ...(contentType !== undefined && { contentType }) };
  if (headers.location !== undefined && [301, 302, 303, 307, 308].includes(status)) {
    response.destroy();
    return { ...got, location: headers.location, body: Buffer.alloc(0) };
  }
  try {
    return { ...got, body: await bodyOf(response) };
  } finally {
    response.destroy();
  }
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const { 'content-encoding': encoding = 'identity', 'content-length': length } = response.headers;
  if (encoding.toLowerCase() !== 'identity')
    throw refused('encoded-body', `it came as ${encoding.slice(0, 50)}, which was not asked for`);
  if (Number(length) > BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

const tooLarge = () => refused('body-too-large', `it has more than ${BODY_BYTES} bytes`);

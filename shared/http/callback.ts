/** `?callback=` and `Callback-Secret`: where a caller wants to be called, refused by name unless the deployment allows it. */
import type { CallbackAddress } from '../core/gathering.ts';
import { LIMITS } from '../core/limits.ts';
import { fieldProblem, type ProblemError } from './problem.ts';

/** Base64, whole or without its padding, perhaps with the prefix that the Standard Webhooks specification writes keys with. */
const SECRET = /^(?:whsec_)?([A-Za-z0-9+/]+={0,2})$/;

const refused = (message: string, limit?: number): ProblemError =>
  fieldProblem('invalid-parameter', 'callback', message, limit);

/**
 * The address to call, whose host is one of `hosts` (`host.example` or `*.example`); `undefined` when none is given.
 *
 * @throws ProblemError naming the parameter or the header. It never repeats a secret.
 */
export function callbackAddress(
  url: string | undefined,
  secret: string | undefined,
  hosts: readonly string[],
): CallbackAddress | undefined {
  if (url === undefined && secret === undefined) return undefined;
  if (url === undefined) throw headerProblem('means nothing without the parameter callback');
  if (hosts.length === 0) throw refused('cannot be given here: the deployment allows no host (context callbackHosts)');
  if (url.length > LIMITS.callbackLength) throw refused('is too long', LIMITS.callbackLength);
  return { url: checkedUrl(url, hosts), secret: checkedSecret(secret) };
}

/** An address of a listed host can be no IP address, since no listed host is one. */
function checkedUrl(text: string, hosts: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') throw refused('must be an https:// address');
  if (url.username || url.password) throw refused('must hold no user and no password');
  if (url.port) throw refused('must name no port');
  if (!hosts.some((host) => isOf(url.hostname, host)))
    throw refused('names a host that the deployment does not allow (context callbackHosts)');
  url.hash = '';
  return url.href;
}

const isOf = (hostname: string, host: string): boolean =>
  host.startsWith('*.') ? hostname.endsWith(host.slice(1)) && hostname.length >= host.length : hostname === host;

function checkedSecret(value = ''): string {
  const { min, max } = LIMITS.callbackSecretBytes;
  const base64 = SECRET.exec(value)?.[1];
  const bytes = base64 ? Buffer.from(base64, 'base64').length : 0;
  if (base64 && bytes >= min && bytes <= max) return base64;
  throw headerProblem(`must be ${min} to ${max} bytes in base64`, bytes > max ? max : min);
}

const headerProblem = (message: string, limit?: number): ProblemError =>
  fieldProblem('invalid-header', 'Callback-Secret', message, limit);

/** Which addresses may be fetched: a rule for what is written, checked again at every redirect. */
import { FanfoldError } from '../../shared/core/errors.ts';
import type { Setting } from '../../shared/core/job.ts';

const LABEL = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
const ENTRY = String.raw`(\*|(\*\.)?${LABEL}(\.${LABEL})*)(:(\d{1,5}|\*))?`;

export const HOSTS_SETTING: Setting = {
  default: 'none',
  pattern: new RegExp(`${ENTRY}(,${ENTRY})*`),
  says: 'none, or hosts such as api.example.com, *.example.org, localhost:8080 or * for all, separated by commas',
};

/** Characters of an address: servers take some 8,000 at most, and it is in the answer. */
const URL_LENGTH = 2_048;

/** What no other attempt would change; its message begins with `code`. */
export const refused = (code: string, rule: string): FanfoldError => new FanfoldError(code, `${code}: ${rule}`);

/**
 * The address, if it is one of `hosts`: entries `name`, `*.suffix` or `*`, each with the schemes' own ports or with `:port` or
 * `:*`. What is compared is what is connected to, since both are read from the same parsed address.
 *
 * @throws FanfoldError saying which rule it breaks.
 */
export function allowedUrl(text: string, hosts: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined;
  if (!url) throw refused('invalid-url', 'it is no address');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused('scheme-not-allowed', `${url.protocol.slice(0, 30)} is neither http: nor https:`);
  if (url.href.length > URL_LENGTH) throw refused('url-too-long', `it has more than ${URL_LENGTH} characters`);
  if (url.username || url.password) throw refused('credentials-not-allowed', 'it holds a user or a password');
  const entries = hosts === 'none' ? [] : hosts.split(',');
  if (!entries.some((entry) => isOf(url, entry)))
    throw refused('host-not-allowed', `${url.host.slice(0, 200)} is not among the context's fetch-all:hosts`);
  url.hash = '';
  return url;
}

function isOf({ hostname, port }: URL, entry: string): boolean {
  const [name = '', allowedPort = ''] = entry.split(':');
  if (allowedPort !== '*' && port !== allowedPort) return false;
  return name === '*' || (name.startsWith('*.') ? hostname.endsWith(name.slice(1)) : hostname === name);
}

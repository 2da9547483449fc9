/** The command line of the check of leaves. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly url: URL;
  readonly kind: 'queue' | 'http';
  readonly job: string;
  readonly leaf: string;
  readonly payload: unknown;
  readonly failing?: { readonly payload: unknown };
  readonly raw: boolean;
  readonly port: number;
  readonly waitMs: number;
  readonly rollCallsOf?: string;
}

/** What somebody wrote that the check does not take; the message is the one line to print. */
export class BadOption extends Error {}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  ...{ leaf: text, payload: text, failing: text, port: text, 'wait-ms': text, service: text },
  ...{ raw: flag, notification: flag, 'roll-call': flag, help: flag },
} as const;

export const HELP = `npm run leaf:check -- <url> [options]

Tries a leaf that runs: <url> is that of its queue, or of its HTTP endpoint. Messages to a queue come raw, and the answers
are taken from a queue that is made for it (AWS credentials, AWS_ENDPOINT_URL_SQS for a local cloud). An endpoint is posted
notifications, and has to answer to http://127.0.0.1:<port>, as its API. Exit 1 if anything is wrong, 2 if misused.

  --leaf job.leaf   what the envelopes say (check.leaf)
  --payload json    a payload that it can answer ({})
  --failing json    a payload that it cannot answer
  --raw             post messages as they are, as with raw delivery
  --notification    put SNS's notifications into the queue, as without raw delivery
  --port n          where an endpoint finds the API (4010)
  --wait-ms n       how long an answer may take (10000)
  --roll-call       try roll-calls too; needs --service
  --service name    the service that it answers roll-calls as
`;

/** @throws BadOption naming what is wrong. */
export function readOptions(given: readonly string[]): Options | 'help' {
  const { values, positionals } = parsed(given);
  if (values.help) return 'help';
  const [address = '', ...others] = positionals;
  if (!URL.canParse(address) || others.length > 0) throw new BadOption('give the one URL of a queue or an endpoint');
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol)) throw new BadOption('a queue or an endpoint has an http:// or https:// URL');
  const kind = QUEUE_PATH.test(url.pathname) ? 'queue' : 'http';
  const [job = '', leaf = ''] = /^([^.]+)\.([^.]+)$/.exec(values.leaf ?? 'check.leaf')?.slice(1) ?? [];
  if (!job) throw new BadOption('--leaf takes job.leaf');
  if (values['roll-call'] && !values.service) throw new BadOption('--roll-call needs --service');
  return {
    ...{ url, kind, job, leaf, payload: json('payload', values.payload ?? '{}') },
    ...(values.failing === undefined ? {} : { failing: { payload: json('failing', values.failing) } }),
    raw: kind === 'queue' ? !values.notification : values.raw,
    port: count('port', values.port ?? '4010', 65_535),
    waitMs: count('wait-ms', values['wait-ms'] ?? '10000', 600_000),
    ...(values['roll-call'] && values.service ? { rollCallsOf: values.service } : {}),
  };
}

/** Of a queue's URL, at AWS or locally: account and name. */
const QUEUE_PATH = /^\/\d{12}\/[\w-]{1,80}$/;

function parsed(given: readonly string[]) {
  try {
    return parseArgs({ args: [...given], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new BadOption((cause as Error).message, { cause });
  }
}

function json(name: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new BadOption(`--${name} takes JSON, not ${value}`, { cause });
  }
}

function count(name: string, value: string, most: number): number {
  if (/^\d{1,6}$/.test(value) && Number(value) <= most) return Number(value);
  throw new BadOption(`--${name} takes a number up to ${most}, not ${value}`);
}

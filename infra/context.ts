/**
 * What a deployment may choose, read from CDK's context (`-c key=value`) and checked as a whole: a mistyped key is
 * refused rather than ignored. Values arrive as strings from the command line and as JSON from `cdk.json`.
 */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BULK_CONCURRENCY } from '../shared/core/limits.ts';
import { ConfigurationError } from './errors.ts';
import { isJobSetting } from './job-settings.ts';
import type { ApiAuth } from './parts/api.ts';

export interface FanfoldContext {
  readonly stackName: string;
  /** Left out, the stack goes where the credentials' configuration says. */
  readonly region?: string;
  readonly auth: ApiAuth;
  readonly logRetention: RetentionDays;
  readonly alarmEmail?: string;
  /** Requests one owner may have open at a time. */
  readonly ownerOpenRequests: number;
  /** Hours that an answer is kept after its request's deadline. */
  readonly retentionHours: number;
  /** Whether concurrency is reserved; Lambda refuses that where the account's quota is low. */
  readonly reserveConcurrency: boolean;
  /** Environments that the bulk queues of leaves without a maximum of their own may have at work, all together. */
  readonly bulkConcurrency: number;
  /** Hosts that callers may have called when their request has closed: `host.example` or `*.example`. */
  readonly callbackHosts: readonly string[];
  /** Who takes what waits in the services' queues: their functions, or roots that are run elsewhere. */
  readonly services: 'functions' | 'root';
}

const OUR_KEYS = [
  'stackName',
  'region',
  'auth',
  'jwtIssuer',
  'jwtAudience',
  'logRetentionDays',
  'alarmEmail',
  'ownerOpenRequests',
  'retentionHours',
  'reserveConcurrency',
  'bulkConcurrency',
  'callbackHosts',
  'services',
] as const;
type Key = (typeof OUR_KEYS)[number];
type Values = Readonly<Record<string, unknown>>;

/** Keys that CDK and its command line put into every app's context. */
const CDK_KEYS = /^(@aws-cdk\/|aws:|aws-cdk:|cli-|acknowledged-issue-numbers$)/;

const AUTH_KINDS = ['iam', 'jwt', 'none'] as const;
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-\d+$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
/** Names of at least two labels, the last of which begins with a letter: no IP address, and not `localhost`. */
const HOST = String.raw`(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?`;
const HOSTS = new RegExp(`^${HOST}(,${HOST})*$`);
const HOSTS_RULE = 'hosts such as hooks.example.com or *.example.com, in lower case, separated by commas';
const ISSUER = /^https:\/\/[^\s/?#]+[^\s?#]*$/;
const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days) => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/**
 * The context with its defaults filled in, but for what is the jobs' own: see `readJobSettings`.
 *
 * @throws ConfigurationError naming the key and its rule.
 */
export function readContext(values: Values): FanfoldContext {
  refuseUnknown(values);
  return {
    stackName: text(values, 'stackName', STACK_NAME, 'a letter, then letters, digits and hyphens') ?? 'Fanfold',
    region: text(values, 'region', REGION, 'a region such as eu-west-2'),
    auth: auth(values),
    logRetention: oneOf(values, 'logRetentionDays', RETENTION_DAYS.map(String), '30', Number),
    alarmEmail: text(values, 'alarmEmail', EMAIL, 'an e-mail address'),
    ownerOpenRequests: count(values, 'ownerOpenRequests', { min: 1, max: 500, fallback: 100 }),
    retentionHours: count(values, 'retentionHours', { min: 1, max: 720, fallback: 24 }),
    reserveConcurrency: oneOf(values, 'reserveConcurrency', ['true', 'false'], 'true', (word) => word === 'true'),
    bulkConcurrency: count(values, 'bulkConcurrency', { min: 2, max: 10_000, fallback: BULK_CONCURRENCY }),
    callbackHosts: text(values, 'callbackHosts', HOSTS, HOSTS_RULE)?.split(',') ?? [],
    services: oneOf(values, 'services', ['functions', 'root'], 'functions', (word) =>
      word === 'root' ? word : 'functions',
    ),
  };
}

function refuseUnknown(values: Values): void {
  for (const key of Object.keys(values)) {
    if (CDK_KEYS.test(key) || isJobSetting(key) || OUR_KEYS.some((ours) => ours === key)) continue;
    throw new ConfigurationError(`context: "${key}"`, `is not a key of ours; known are ${OUR_KEYS.join(', ')}`);
  }
}

function auth(values: Values): ApiAuth {
  const kind = oneOf(values, 'auth', AUTH_KINDS, 'iam', (name) => AUTH_KINDS.find((known) => known === name));
  const issuer = text(values, 'jwtIssuer', ISSUER, 'an https:// address');
  const audience = text(values, 'jwtAudience', /^\S+$/, 'one word without spaces');
  if (kind === 'jwt') {
    if (!issuer) throw refusal('jwtIssuer', 'must be given with auth=jwt');
    if (!audience) throw refusal('jwtAudience', 'must be given with auth=jwt');
    return { kind, issuer, audience };
  }
  if (issuer) throw refusal('jwtIssuer', 'means nothing without auth=jwt');
  if (audience) throw refusal('jwtAudience', 'means nothing without auth=jwt');
  return { kind: kind ?? 'iam' };
}

function text(values: Values, key: Key, pattern: RegExp, rule: string): string | undefined {
  const value = values[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !pattern.test(value)) throw refusal(key, `must be ${rule}`, value);
  return value;
}

function count(values: Values, key: Key, range: { min: number; max: number; fallback: number }): number {
  const value = values[key] ?? range.fallback;
  const number = typeof value === 'number' || /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
  if (!Number.isInteger(number) || number < range.min || number > range.max)
    throw refusal(key, `must be a whole number from ${range.min} to ${range.max}`, value);
  return number;
}

function oneOf<T>(
  values: Values,
  key: Key,
  allowed: readonly string[],
  fallback: string,
  parse: (name: string) => T,
): T {
  const value = values[key] ?? fallback;
  if (!allowed.includes(String(value))) throw refusal(key, `must be one of ${allowed.join(', ')}`, value);
  return parse(String(value));
}

function refusal(key: Key, rule: string, value?: unknown): ConfigurationError {
  return new ConfigurationError(
    `context: ${key}`,
    value === undefined ? rule : `${rule}, not ${JSON.stringify(value)}`,
  );
}

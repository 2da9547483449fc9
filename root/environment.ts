/** What a root finds in its environment: the names of the functions', and a few of its own. All that is wrong is said at once. */
import { ENV, type EnvName } from '../shared/env.ts';
import { BadOption } from './options.ts';
import type { TokenRules } from './token.ts';

/** Queues that a root polls, besides those of dead letters. */
export const CONSUMED = [
  ...(['RESULTS_QUEUE_URL', 'BULK_RESULTS_QUEUE_URL', 'SCATTER_QUEUE_URL', 'SHARDS_QUEUE_URL'] as const),
  ...(['TIMERS_QUEUE_URL', 'DEADLINES_QUEUE_URL', 'NOTICES_QUEUE_URL', 'ANSWERS_QUEUE_URL'] as const),
] as const satisfies readonly EnvName[];
export type ConsumedQueue = (typeof CONSUMED)[number];

const REQUIRED = [
  ...(['GATHERINGS_TABLE_NAME', 'CLAIMS_BUCKET_NAME', 'STACK_NAME'] as const),
  ...(['TASKS_TOPIC_ARN', 'COMPLETIONS_TOPIC_ARN', 'ROLL_CALLS_TOPIC_ARN'] as const),
  ...CONSUMED,
  ...(['DEAD_RESULTS_QUEUE_URL', 'DEAD_LETTER_QUEUE_URLS'] as const),
  ...(['OWNER_OPEN_REQUESTS', 'RETENTION_HOURS', 'CALLBACK_HOSTS', 'API_AUTH'] as const),
] as const satisfies readonly EnvName[];

export interface RootEnvironment {
  readonly region: string;
  readonly url: (name: ConsumedQueue) => string;
  readonly deadLetters: readonly string[];
  /** Absent where anyone may call. */
  readonly tokens?: TokenRules;
}

/**
 * Checks `env`, and names the service for logs and metrics where nothing does.
 *
 * @throws BadOption naming every variable that is missing, or the one that is wrong.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): RootEnvironment {
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const missing = [...REQUIRED.filter((name) => !env[name]), ...(region ? [] : ['AWS_REGION'])];
  if (missing.length > 0)
    throw new BadOption(`the environment has no ${missing.join(', ')}; the stack's output RootEnvironment has them`);
  const tokens = tokensOf(env);
  env.POWERTOOLS_METRICS_NAMESPACE ??= 'Fanfold';
  env.POWERTOOLS_SERVICE_NAME ??= 'fanfold-root';
  return {
    ...{ region: region ?? '', url: (name) => env[name] ?? '' },
    deadLetters: (env.DEAD_LETTER_QUEUE_URLS ?? '').split(','),
    ...(tokens && { tokens }),
  };
}

/** Only what a root can check itself: no API Gateway stands in front of it. */
function tokensOf(env: NodeJS.ProcessEnv): TokenRules | undefined {
  const { API_AUTH: auth = '', JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '' } = env;
  if (auth === 'none') return undefined;
  if (auth === 'iam')
    throw new BadOption(
      'API_AUTH=iam cannot be checked by a root: signatures are verified by API Gateway, which does not stand before it; set API_AUTH to jwt or none',
    );
  if (auth !== 'jwt') throw new BadOption(`API_AUTH must be jwt or none, not "${auth}"`);
  if (!isIssuer(issuer)) throw new BadOption(`${ENV.JWT_ISSUER} must be an https:// address with API_AUTH=jwt`);
  if (!audience) throw new BadOption(`${ENV.JWT_AUDIENCE} must be given with API_AUTH=jwt`);
  return { issuer, audience };
}

/** On loopback there is nobody in between. */
function isIssuer(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname));
}

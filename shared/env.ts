/**
 * The environment names: infra writes them, handlers read them. A missing one fails at start, by name.
 */
export const ENV = {
  GATHERINGS_TABLE_NAME: 'GATHERINGS_TABLE_NAME',
  /** What the names of instances' queues begin with, and their tags say. */
  STACK_NAME: 'STACK_NAME',
  TASKS_TOPIC_ARN: 'TASKS_TOPIC_ARN',
  RESULTS_QUEUE_URL: 'RESULTS_QUEUE_URL',
  /** Where results of larger requests come in. */
  BULK_RESULTS_QUEUE_URL: 'BULK_RESULTS_QUEUE_URL',
  /** Where messages end that are no results. */
  DEAD_RESULTS_QUEUE_URL: 'DEAD_RESULTS_QUEUE_URL',
  /** Ranges of larger requests' tasks, to be published. */
  SCATTER_QUEUE_URL: 'SCATTER_QUEUE_URL',
  /** Shards of larger requests, to be looked at or folded. */
  SHARDS_QUEUE_URL: 'SHARDS_QUEUE_URL',
  TIMERS_QUEUE_URL: 'TIMERS_QUEUE_URL',
  /** Deadlines to come. */
  DEADLINES_QUEUE_URL: 'DEADLINES_QUEUE_URL',
  /** Closed requests whose completion notice is to be sent. */
  NOTICES_QUEUE_URL: 'NOTICES_QUEUE_URL',
  /** Where completion notices are published. */
  COMPLETIONS_TOPIC_ARN: 'COMPLETIONS_TOPIC_ARN',
  /** Where everybody is asked who is there. */
  ROLL_CALLS_TOPIC_ARN: 'ROLL_CALLS_TOPIC_ARN',
  /** Where answers to roll-calls come in. */
  ANSWERS_QUEUE_URL: 'ANSWERS_QUEUE_URL',
  /** Hosts that callbacks may go to, comma-separated, or `none`. */
  CALLBACK_HOSTS: 'CALLBACK_HOSTS',
  /** The bucket of payloads kept outside messages and items. */
  CLAIMS_BUCKET_NAME: 'CLAIMS_BUCKET_NAME',
  /** Requests one owner may have open at a time. */
  OWNER_OPEN_REQUESTS: 'OWNER_OPEN_REQUESTS',
  /** Which kind of principal the API authorizes: `iam`, `jwt` or `none`. */
  API_AUTH: 'API_AUTH',
  /** Hours that an answer is kept after its request's deadline. */
  RETENTION_HOURS: 'RETENTION_HOURS',
  /** What the deployment chose for the settings of a leaf's job, as a JSON object; only where the job has some. */
  JOB_SETTINGS: 'JOB_SETTINGS',
  /** Queues of dead letters that a root consumes, comma-separated. */
  DEAD_LETTER_QUEUE_URLS: 'DEAD_LETTER_QUEUE_URLS',
  /** Whose tokens a root takes, with API_AUTH=jwt, and for which audience. */
  JWT_ISSUER: 'JWT_ISSUER',
  JWT_AUDIENCE: 'JWT_AUDIENCE',
} as const;

export type EnvName = keyof typeof ENV;

/** The value of `name`; throws naming it when it is absent or empty. */
export function requiredEnv(name: EnvName): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set`);
  return value;
}

/** The value of `name` as a positive whole number; throws naming it when it is not one. */
export function requiredCount(name: EnvName): number {
  const value = Number(requiredEnv(name));
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`environment variable ${name} is not a positive whole number`);
  return value;
}

/** What the deployment chose for the settings of a leaf's job; `undefined` where the job has none. */
export function jobSettings(): Readonly<Record<string, string>> | undefined {
  const value = process.env[ENV.JOB_SETTINGS];
  return value ? JSON.parse(value) : undefined;
}

import { Fn, Stack } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { LINES } from '../../shared/core/lines.ts';
import { ENV, type EnvName } from '../../shared/env.ts';
import { type FunctionSettings, powertools } from '../resources/function.ts';
import type { Grantee } from '../resources/grantee.ts';
import { HardenedLogGroup } from '../resources/log-group.ts';
import type { HardenedQueue } from '../resources/queue.ts';
import type { ApiAuth } from './api.ts';
import type { Gathering } from './gathering.ts';
import { permitInstances } from './instances.ts';

export interface RootProps {
  readonly settings: FunctionSettings;
  readonly gathering: Gathering;
  readonly auth: ApiAuth;
  readonly ownerOpenRequests: number;
  readonly retentionHours: number;
  readonly callbackHosts: readonly string[];
  /** The dead letters of leaves; those that SNS could not deliver are known. */
  readonly deadLetters: readonly HardenedQueue[];
}

/**
 * What a process needs to be the services of this stack, wherever it runs: the policy for its role, which permits what the
 * functions may do all together, its environment, and a log group that counts requests as the functions' do.
 */
export class Root extends Construct implements Grantee {
  readonly policy: ManagedPolicy;
  readonly logGroup: HardenedLogGroup;
  /** Lines of `NAME=value`. */
  readonly environment: string;

  constructor(scope: Construct, id: string, props: RootProps) {
    super(scope, id);
    const { settings, gathering, deadLetters } = props;
    this.policy = new ManagedPolicy(this, 'Policy', { description: 'What a root of this stack may do' });
    this.logGroup = new HardenedLogGroup(this, 'Logs', settings.logRetention);
    this.logGroup.countLines(this, 'RequestsAccepted', LINES.requestAccepted);
    this.logGroup.countLines(this, 'RequestsClosed', LINES.requestClosed);
    const dead = [gathering.undelivered, ...deadLetters];
    this.#permitServices(gathering, dead);
    this.environment = Fn.join('\n', linesOf(this, props, dead));
  }

  permit(actions: string[], resourceArn: string, conditions: Record<string, unknown> = {}): void {
    this.policy.addStatements(
      new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resourceArn], conditions }),
    );
  }

  #permitServices(gathering: Gathering, dead: readonly HardenedQueue[]): void {
    const { table, claims, tasks, completions, results, bulkResults, deadResults } = gathering;
    const { scatter, shards, timers, deadlines, notices, rollCalls, answers } = gathering;
    const worked = [results, bulkResults, scatter, shards, timers, deadlines, notices];
    table.permitGathering(this);
    claims.permitClaims(this);
    for (const topic of [tasks, completions, rollCalls]) topic.permitPublish(this);
    for (const queue of [...worked, deadResults, answers]) queue.permitSend(this);
    permitInstances(this);
    for (const queue of [...worked, answers, ...dead]) queue.permitPoll(this);
  }
}

function linesOf(scope: Construct, props: RootProps, dead: readonly HardenedQueue[]): string[] {
  const { gathering, auth, ownerOpenRequests, retentionHours, callbackHosts, settings } = props;
  const { table, claims, tasks, completions, results, bulkResults, deadResults } = gathering;
  const { scatter, shards, timers, deadlines, notices, rollCalls, answers } = gathering;
  const own: Partial<Record<EnvName, string>> = {
    [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
    [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
    [ENV.TASKS_TOPIC_ARN]: tasks.topicArn,
    [ENV.STACK_NAME]: Stack.of(scope).stackName,
    [ENV.COMPLETIONS_TOPIC_ARN]: completions.topicArn,
    [ENV.ROLL_CALLS_TOPIC_ARN]: rollCalls.topicArn,
    [ENV.ANSWERS_QUEUE_URL]: answers.queueUrl,
    [ENV.RESULTS_QUEUE_URL]: results.queueUrl,
    [ENV.BULK_RESULTS_QUEUE_URL]: bulkResults.queueUrl,
    [ENV.DEAD_RESULTS_QUEUE_URL]: deadResults.queueUrl,
    [ENV.SCATTER_QUEUE_URL]: scatter.queueUrl,
    [ENV.SHARDS_QUEUE_URL]: shards.queueUrl,
    [ENV.TIMERS_QUEUE_URL]: timers.queueUrl,
    [ENV.DEADLINES_QUEUE_URL]: deadlines.queueUrl,
    [ENV.NOTICES_QUEUE_URL]: notices.queueUrl,
    [ENV.DEAD_LETTER_QUEUE_URLS]: Fn.join(
      ',',
      dead.map(({ queueUrl }) => queueUrl),
    ),
    [ENV.OWNER_OPEN_REQUESTS]: String(ownerOpenRequests),
    [ENV.RETENTION_HOURS]: String(retentionHours),
    [ENV.CALLBACK_HOSTS]: callbackHosts.join(',') || 'none',
    [ENV.API_AUTH]: auth.kind,
    ...(auth.kind === 'jwt' ? { [ENV.JWT_ISSUER]: auth.issuer, [ENV.JWT_AUDIENCE]: auth.audience } : {}),
  };
  const all = { AWS_REGION: Stack.of(scope).region, ...powertools(settings.serviceName), ...own };
  return Object.entries(all).map(([name, value]) => `${name}=${value}`);
}

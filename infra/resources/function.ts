import { join } from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type CfnFunction,
  Code,
  EventSourceMapping,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { EnvName } from '../../shared/env.ts';
import { acceptFinding } from './findings.ts';
import type { Grantee } from './grantee.ts';
import { HardenedLogGroup, NAMESPACE } from './log-group.ts';
import type { HardenedQueue } from './queue.ts';

/** What all functions of one stack share. */
export interface FunctionSettings {
  /** The folder with one bundle a function, as `buildBundles` writes it. */
  readonly bundles: string;
  /** The `service` under which logs and metrics appear. */
  readonly serviceName: string;
  readonly logRetention: RetentionDays;
  /** Whether Lambda polls queues for them; `false` where others do. */
  readonly consumes?: boolean;
}

export interface HardenedFunctionProps {
  readonly settings: FunctionSettings;
  /** The bundle's name, a folder under `settings.bundles`. */
  readonly bundle: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMb: number;
  readonly environment: Partial<Record<EnvName, string>>;
  /** Whether it legitimately meets its own messages again, and so counts hops itself instead of letting Lambda stop it. */
  readonly loops: boolean;
}

export interface Consumption {
  /** Messages of one batch at most. */
  readonly batchSize: number;
  /** Batches at a time at most (2–1,000); without it, as many as Lambda sees fit. */
  readonly maxConcurrency?: number;
}

/**
 * A function from its prebuilt bundle, with a role and a log group of its own, and no permission but to write that log,
 * to be traced, and what `permit` adds by exact action and resource.
 */
export class HardenedFunction extends Construct implements Grantee {
  readonly lambda: LambdaFunction;
  readonly #role: Role;
  readonly #consumes: boolean;
  readonly #logGroup: HardenedLogGroup;
  #batchesAtOnce = 0;

  constructor(scope: Construct, id: string, props: HardenedFunctionProps) {
    super(scope, id);
    const logGroup = new HardenedLogGroup(this, 'Logs', props.settings.logRetention);
    this.#logGroup = logGroup;
    this.#consumes = props.settings.consumes ?? true;
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.permit(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(join(props.settings.bundles, props.bundle)),
      handler: 'index.handler',
      role: this.#role,
      timeout: props.timeout,
      memorySize: props.memoryMb,
      environment: { ...powertools(props.settings.serviceName), ...props.environment },
      tracing: Tracing.ACTIVE,
      recursiveLoop: props.loops ? RecursiveLoop.ALLOW : undefined,
      logGroup,
      ...LOGGING,
    });
    acceptFinding(this.#role, 'AwsSolutions-IAM5[Resource::*]', TRACING_REASON);
  }

  /** Adds `actions` on one resource, named by its ARN, to the function's role, under IAM's `conditions` if there are any. */
  permit(actions: string[], resourceArn: string, conditions: Record<string, unknown> = {}): void {
    this.#role.addToPrincipalPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resourceArn], conditions }),
    );
  }

  /** Batches that all queues together may hand the function at a time. */
  get batchesAtOnce(): number {
    return this.#batchesAtOnce;
  }

  /** Counts the lines of its log that say `message` as a metric. */
  countLines(metricName: string, message: string): void {
    this.#logGroup.countLines(this, metricName, message);
  }

  /** Keeps `executions` of the account's concurrency for the function, which never has more. */
  reserve(executions: number): void {
    (this.lambda.node.defaultChild as CfnFunction).reservedConcurrentExecutions = executions;
  }

  /** Has Lambda poll `queue` for the function, its only consumer unless its settings say that others are, which answers with the messages it failed on. */
  consume(queue: HardenedQueue, { batchSize, maxConcurrency }: Consumption): void {
    this.permit(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue.queueArn);
    new EventSourceMapping(queue, 'Consumer', {
      target: this.lambda,
      eventSourceArn: queue.queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: true,
      ...(this.#consumes ? {} : { enabled: false }),
    });
    this.#batchesAtOnce += maxConcurrency ?? Number.POSITIVE_INFINITY;
  }
}

/**
 * JSON, so that what Lambda itself says is structured too; it leaves lines that are JSON already as they are. Its
 * START and REPORT lines are left out: they cost more than the invocation they describe, and the metrics say the same.
 */
const LOGGING = {
  loggingFormat: LoggingFormat.JSON,
  applicationLogLevelV2: ApplicationLogLevel.INFO,
  systemLogLevelV2: SystemLogLevel.WARN,
};

const TRACING_REASON =
  'X-Ray knows no resource for PutTraceSegments and PutTelemetryRecords: they can only be allowed on * ' +
  '(Service Authorization Reference, AWS X-Ray). No other statement of the role names *.';

/** Powertools' own variables, read by its libraries inside the functions. */
export function powertools(serviceName: string): Record<string, string> {
  return {
    POWERTOOLS_SERVICE_NAME: serviceName,
    POWERTOOLS_METRICS_NAMESPACE: NAMESPACE,
    POWERTOOLS_LOG_LEVEL: 'INFO',
  };
}

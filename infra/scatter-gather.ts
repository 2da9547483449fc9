import { Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { JobOutline } from './jobs.ts';
import { Aggregator } from './parts/aggregator.ts';
import { Api, type ApiAuth } from './parts/api.ts';
import { Distributor } from './parts/distributor.ts';
import { Gathering } from './parts/gathering.ts';
import { Leaf } from './parts/leaf.ts';
import type { PartProps } from './parts/part.ts';
import { Status } from './parts/status.ts';
import { Timer } from './parts/timer.ts';
import { Alarms } from './resources/alarms.ts';

export interface ScatterGatherProps {
  /** From `discoverJobs`, or any selection of them. */
  readonly jobs: readonly JobOutline[];
  /** The folder that `buildBundles` filled for the same jobs. */
  readonly bundles: string;
  /** Who may call the API; signed principals of AWS unless said otherwise. */
  readonly auth?: ApiAuth;
  /** The `service` of logs and metrics: the stack's name unless one stack holds several. */
  readonly serviceName?: string;
  readonly logRetention?: RetentionDays;
  /** Requests one owner may have open at a time. */
  readonly ownerOpenRequests?: number;
  /** Hours that an answer is kept after its request's deadline. */
  readonly retentionHours?: number;
  /** What an alarm does besides showing itself in CloudWatch. */
  readonly alarmActions?: readonly IAlarmAction[];
}

/**
 * A whole scatter-gather: an HTTP API, a distributor, the leaves of every job, an aggregator, a timer, and what lies
 * between them. It names nothing, so a stack or an account can hold as many as it likes.
 */
export class ScatterGather extends Construct {
  readonly gathering: Gathering;
  readonly api: Api;

  constructor(scope: Construct, id: string, props: ScatterGatherProps) {
    super(scope, id);
    const serviceName = props.serviceName ?? Stack.of(this).stackName;
    const logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
    const auth = props.auth ?? { kind: 'iam' };
    this.gathering = new Gathering(this, 'Gathering');
    const part: PartProps = {
      settings: { bundles: props.bundles, serviceName, logRetention },
      gathering: this.gathering,
    };
    const { ownerOpenRequests = 100, retentionHours = 24 } = props;
    const distributor = new Distributor(this, 'Distributor', { ...part, auth, ownerOpenRequests, retentionHours });
    const status = new Status(this, 'Status', { ...part, auth });
    const aggregator = new Aggregator(this, 'Aggregator', { ...part, retentionHours });
    const timer = new Timer(this, 'Timer', part);
    const leaves = this.#addLeaves(props.jobs, part, aggregator);
    this.api = new Api(this, 'Api', { auth, distributor, status, logRetention });
    const alarms = new Alarms(this, 'Alarms', props.alarmActions ?? []);
    watch(alarms, serviceName, this.gathering);
    alarms.apiErrors(this.api.apiId);
    for (const fn of [distributor, status, aggregator, timer, ...leaves]) alarms.functionHealth(fn);
    for (const leaf of leaves) {
      if (leaf.deadLetters) alarms.consumedDeadLetters(leaf.deadLetters, `Tasks of ${leaf.node.id}`);
    }
  }

  #addLeaves(jobs: readonly JobOutline[], part: PartProps, aggregator: Aggregator): Leaf[] {
    return jobs.flatMap((job) =>
      Object.entries(job.leaves).map(([name, options]) => {
        const leaf = new Leaf(this, `${pascal(job.name)}${pascal(name)}Leaf`, { ...part, job, name, options });
        if (leaf.deadLetters) aggregator.gather(leaf.deadLetters);
        return leaf;
      }),
    );
  }
}

function watch(alarms: Alarms, serviceName: string, gathering: Gathering): void {
  alarms.deadlines(serviceName);
  alarms.oldestResult(gathering.results);
  alarms.deadLetters(gathering.deadResults, 'Results');
  alarms.deadLetters(gathering.deadTimers, 'Timers');
  alarms.consumedDeadLetters(gathering.undelivered, 'Tasks that SNS could not deliver');
}

function pascal(kebab: string): string {
  return kebab.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

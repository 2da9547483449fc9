import { Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ownLeaves } from '../shared/core/job.ts';
import { BULK_CONCURRENCY } from '../shared/core/limits.ts';
import { LINES } from '../shared/core/lines.ts';
import { type JobSettings, settingsOf as jobSettingsOf } from './job-settings.ts';
import type { JobOutline } from './jobs.ts';
import { bulkShare } from './lanes.ts';
import { Aggregator } from './parts/aggregator.ts';
import { Api, type ApiAuth } from './parts/api.ts';
import { Attendance } from './parts/attendance.ts';
import { Closer } from './parts/closer.ts';
import { Distributor } from './parts/distributor.ts';
import { Gathering } from './parts/gathering.ts';
import { Intake } from './parts/intake.ts';
import { Leaf } from './parts/leaf.ts';
import { Notifier } from './parts/notifier.ts';
import type { PartProps } from './parts/part.ts';
import { RollCall } from './parts/roll-call.ts';
import { Root } from './parts/root.ts';
import { Scatterer } from './parts/scatterer.ts';
import { Status } from './parts/status.ts';
import { Timer } from './parts/timer.ts';
import { Warden } from './parts/warden.ts';
import { warnOfPlans } from './plans.ts';
import { Alarms } from './resources/alarms.ts';
import type { FunctionSettings, HardenedFunction } from './resources/function.ts';

export interface ScatterGatherProps {
  /** From `discoverJobs`, or any selection of them. */
  readonly jobs: readonly JobOutline[];
  /** What is chosen for the jobs' settings; their defaults unless said otherwise. */
  readonly jobSettings?: JobSettings;
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
  /** Whether the aggregator, the timer, the warden and leaves that ask for it keep concurrency for themselves; true unless said otherwise. */
  readonly reserveConcurrency?: boolean;
  /** Environments that the bulk queues of leaves without a maximum of their own may have at work, all together. */
  readonly bulkConcurrency?: number;
  /** Hosts that callers may have called when their request has closed; none unless said otherwise. */
  readonly callbackHosts?: readonly string[];
  /**
   * Who takes what waits in the services' queues: their functions unless said otherwise, or roots that are run elsewhere. The
   * API's functions are there either way, and Lambda's mappings too, but disabled.
   */
  readonly services?: 'functions' | 'root';
  /** What an alarm does besides showing itself in CloudWatch. */
  readonly alarmActions?: readonly IAlarmAction[];
}

/**
 * A whole scatter-gather: an HTTP API, a distributor and a scatterer, the leaves of every job, an intake for what others
 * answer, an aggregator and a closer, a timer, a notifier, what calls the roll, and what lies between them. It names nothing,
 * so a stack or an account can hold as many as it likes.
 */
export class ScatterGather extends Construct {
  readonly gathering: Gathering;
  readonly api: Api;
  /** What roots need, where they are the services. */
  readonly root?: Root;

  constructor(scope: Construct, id: string, props: ScatterGatherProps) {
    super(scope, id);
    const { auth = { kind: 'iam' }, ownerOpenRequests = 100, retentionHours = 24, reserveConcurrency = true } = props;
    this.gathering = new Gathering(this, 'Gathering');
    const settings = settingsOf(this, props);
    const { callbackHosts = [], services: by = 'functions' } = props;
    const shared = { gathering: this.gathering, reserveConcurrency };
    const part: PartProps = { ...shared, settings: { ...settings, consumes: by === 'functions' } };
    const distributor = new Distributor(this, 'Distributor', {
      ...{ ...part, auth, ownerOpenRequests, retentionHours, callbackHosts },
    });
    const scatterer = new Scatterer(this, 'Scatterer', { ...part, retentionHours });
    const status = new Status(this, 'Status', { ...part, auth });
    const intake = new Intake(this, 'Intake', part);
    const aggregator = new Aggregator(this, 'Aggregator', { ...part, retentionHours });
    const closer = new Closer(this, 'Closer', part);
    const timer = new Timer(this, 'Timer', part);
    const warden = new Warden(this, 'Warden', part);
    const notifier = new Notifier(this, 'Notifier', part);
    const rollCall = new RollCall(this, 'RollCall', { ...part, auth, retentionHours });
    const attendance = new Attendance(this, 'Attendance', part);
    const leaves = this.#addLeaves(props, { ...shared, settings, retentionHours });
    for (const { deadLetters } of leaves) if (deadLetters) aggregator.gatherDead(deadLetters);
    if (by === 'root')
      this.root = new Root(this, 'Root', {
        ...{ settings, gathering: this.gathering, auth, ownerOpenRequests, retentionHours, callbackHosts },
        deadLetters: leaves.flatMap(({ deadLetters }) => deadLetters ?? []),
      });
    else if (reserveConcurrency) for (const fn of [aggregator, timer, warden]) fn.reserve(fn.batchesAtOnce);
    const api = { auth, distributor, status, intake, rollCall, logRetention: settings.logRetention };
    this.api = new Api(this, 'Api', api);
    warnOfPlans(this, props.jobs);
    for (const accepts of [distributor, scatterer]) accepts.countLines('RequestsAccepted', LINES.requestAccepted);
    for (const closes of [distributor, scatterer, status, aggregator, closer, timer])
      closes.countLines('RequestsClosed', LINES.requestClosed);
    const alarms = new Alarms(this, 'Alarms', props.alarmActions ?? []);
    alarms.deadlines(settings.serviceName);
    alarms.failedNotices(settings.serviceName);
    alarms.absentMembers(settings.serviceName);
    alarms.apiErrors(this.api.apiId);
    watchQueues(alarms, this.gathering);
    const services = [
      distributor,
      scatterer,
      status,
      intake,
      aggregator,
      closer,
      timer,
      warden,
      notifier,
      rollCall,
      attendance,
    ];
    watchFunctions(alarms, services, leaves);
  }

  #addLeaves(
    { jobs, jobSettings = {}, bulkConcurrency = BULK_CONCURRENCY }: ScatterGatherProps,
    part: PartProps & { readonly retentionHours: number },
  ): Leaf[] {
    const share = bulkShare(jobs, bulkConcurrency);
    return jobs.flatMap((job) =>
      ownLeaves(job).map(([name, options]) => {
        const id = `${pascal(job.name)}${pascal(name)}Leaf`;
        const chosen = jobSettingsOf(job, jobSettings);
        return new Leaf(this, id, { ...part, job, name, options, bulkShare: share, ...(chosen && { chosen }) });
      }),
    );
  }
}

function settingsOf(scope: Construct, props: ScatterGatherProps): FunctionSettings {
  const { bundles, logRetention = RetentionDays.ONE_MONTH } = props;
  const serviceName = props.serviceName ?? Stack.of(scope).stackName;
  return { bundles, serviceName, logRetention };
}

/** Seconds that results and work wait before somebody should look; a bulk request's wait behind one another. */
const WAITS = { small: 60, bulk: 300 } as const;

function watchQueues(alarms: Alarms, gathering: Gathering): void {
  alarms.oldest('Result', gathering.results, WAITS.small);
  alarms.oldest('BulkResult', gathering.bulkResults, WAITS.bulk);
  alarms.oldest('Range', gathering.scatter, WAITS.bulk);
  alarms.oldest('Shard', gathering.shards, WAITS.bulk);
  alarms.oldest('Answer', gathering.answers, WAITS.small);
  alarms.deadLetters(gathering.deadResults, 'Results');
  alarms.deadLetters(gathering.deadScatter, 'Ranges of tasks');
  alarms.deadLetters(gathering.deadShards, 'Shards');
  alarms.deadLetters(gathering.deadTimers, 'Timers');
  alarms.deadLetters(gathering.deadNotices, 'Completion notices');
  alarms.deadLetters(gathering.deadAnswers, 'Answers to roll-calls');
  alarms.consumedDeadLetters(gathering.undelivered, 'Tasks that SNS could not deliver');
}

function watchFunctions(alarms: Alarms, services: readonly HardenedFunction[], leaves: readonly Leaf[]): void {
  for (const fn of [...services, ...leaves]) alarms.errors(fn);
  for (const fn of [...services, ...leaves.filter(({ holdsBack }) => !holdsBack)]) alarms.throttles(fn);
  for (const { deadLetters, node } of leaves)
    if (deadLetters) alarms.consumedDeadLetters(deadLetters, `Tasks of ${node.id}`);
}

function pascal(kebab: string): string {
  return kebab.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

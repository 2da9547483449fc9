import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IAlarmAction, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { HardenedFunction } from './function.ts';
import type { HardenedQueue } from './queue.ts';

interface AlarmRule {
  readonly metric: Metric;
  /** The metric value from which the alarm rings. */
  readonly from: number;
  readonly periods?: number;
  readonly description: string;
}

/** What someone is woken for. No data means that nothing happened, which is fine. */
export class Alarms extends Construct {
  readonly #actions: readonly IAlarmAction[];

  constructor(scope: Construct, id: string, actions: readonly IAlarmAction[]) {
    super(scope, id);
    this.#actions = actions;
  }

  /** Requests whose answer is what was known at their deadline. */
  deadlines(serviceName: string): void {
    const metric = ourSum('RequestsClosedByDeadline', serviceName);
    this.#add('RequestsClosedByDeadline', { metric, from: 1, description: 'Requests were closed by their deadline' });
  }

  /** Callbacks that nobody took. */
  failedNotices(serviceName: string): void {
    const metric = ourSum('NoticesFailed', serviceName);
    this.#add('NoticesFailed', { metric, from: 1, description: 'Callbacks were given up' });
  }

  /** Instances that used to answer roll-calls, and have not three times running. */
  absentMembers(serviceName: string): void {
    const metric = ourSum('RegularMembersAbsent', serviceName);
    const description = 'Instances that used to answer have been absent from three roll-calls running';
    this.#add('RegularMembersAbsent', { metric, from: 1, description });
  }

  /** Dead letters that nothing consumes: they lie there until someone looks. */
  deadLetters(queue: HardenedQueue, what: string): void {
    const metric = queue.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: Duration.minutes(1),
    });
    this.#add(`${place(queue)}Holds`, { metric, from: 1, description: `${what} were given up and lie in a queue` });
  }

  /** Dead letters that the aggregator takes at once: the queue stays empty, so what counts is what was received. */
  consumedDeadLetters(queue: HardenedQueue, what: string): void {
    const metric = queue.metricNumberOfMessagesReceived({ statistic: 'Sum', period: Duration.minutes(1) });
    this.#add(`${place(queue)}Received`, { metric, from: 1, description: `${what} died and were counted as failed` });
  }

  /** `what` has waited on `queue` for `seconds`, for three minutes on end. */
  oldest(what: string, queue: HardenedQueue, seconds: number): void {
    const metric = queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: Duration.minutes(1) });
    const description = `The oldest message of ${place(queue)} has waited for ${seconds} s`;
    this.#add(`Oldest${what}`, { metric, from: seconds, periods: 3, description });
  }

  /** Calls that ended in a 5xx, by a function's failure or API Gateway's own. */
  apiErrors(apiId: string): void {
    const metric = new Metric({
      namespace: 'AWS/ApiGateway',
      metricName: '5xx',
      dimensionsMap: { ApiId: apiId },
      statistic: 'Sum',
      period: Duration.minutes(5),
    });
    this.#add('ApiErrors', { metric, from: 1, description: 'Calls of the API failed for no fault of the caller' });
  }

  errors({ node: { id }, lambda }: HardenedFunction): void {
    const metric = lambda.metricErrors({ period: Duration.minutes(5) });
    this.#add(`${id}Errors`, { metric, from: 1, description: `${id} fails or times out` });
  }

  throttles({ node: { id }, lambda }: HardenedFunction): void {
    const metric = lambda.metricThrottles({ period: Duration.minutes(5) });
    this.#add(`${id}Throttles`, { metric, from: 1, description: `${id} is held back by the account's concurrency` });
  }

  #add(id: string, { metric, from, periods = 1, description }: AlarmRule): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold: from,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${description}. See docs/operating.md.`,
    });
    alarm.addAlarmAction(...this.#actions);
  }
}

/** A metric of our own, summed by the minute. */
const ourSum = (metricName: string, service: string): Metric =>
  new Metric({
    ...{ namespace: 'Fanfold', metricName, dimensionsMap: { service } },
    ...{ statistic: 'Sum', period: Duration.minutes(1) },
  });

/** A leaf's dead letters are told from another's by whose they are. */
function place({ node }: HardenedQueue): string {
  return `${node.scope instanceof HardenedFunction ? node.scope.node.id : ''}${node.id}`;
}

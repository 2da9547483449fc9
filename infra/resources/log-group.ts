import { RemovalPolicy } from 'aws-cdk-lib';
import { Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, LogGroup, MetricFilter, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Where the stack's metrics are. */
export const NAMESPACE = 'Fanfold';

/** A log group that goes when the stack goes, and forgets after `retention`. CloudWatch Logs encrypts it at rest. */
export class HardenedLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, retention: RetentionDays) {
    super(scope, id, { retention, removalPolicy: RemovalPolicy.DESTROY });
  }

  /** Has CloudWatch count the lines that say `message` as a metric: a metric line of its own, beside it, would be billed. */
  countLines(scope: Construct, metricName: string, message: string): void {
    new MetricFilter(scope, metricName, {
      logGroup: this,
      filterPattern: FilterPattern.stringValue('$.message', '=', message),
      ...{ metricNamespace: NAMESPACE, metricName, metricValue: '1', unit: Unit.COUNT },
      dimensions: { service: '$.service' },
    });
  }
}

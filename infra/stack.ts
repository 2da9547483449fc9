import { CfnOutput, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import type { FanfoldContext } from './context.ts';
import type { JobSettings } from './job-settings.ts';
import type { JobOutline } from './jobs.ts';
import { AlarmTopic } from './resources/alarm-topic.ts';
import { ScatterGather } from './scatter-gather.ts';

export interface FanfoldStackProps {
  readonly context: FanfoldContext;
  readonly jobs: readonly JobOutline[];
  readonly jobSettings?: JobSettings;
  readonly bundles: string;
}

/**
 * One scatter-gather as a stack of its own. It is not protected from deletion and keeps nothing when it goes: all it
 * holds are requests under way and answers that expire within days.
 */
export class FanfoldStack extends Stack {
  constructor(scope: Construct, { context, jobs, jobSettings, bundles }: FanfoldStackProps) {
    const { stackName, region, alarmEmail, ...choices } = context;
    super(scope, stackName, {
      env: { region },
      description: 'Fanfold: one request, many leaves, one answer by the deadline',
    });
    const alarmActions = alarmEmail ? [new SnsAction(new AlarmTopic(this, 'AlarmTopic', alarmEmail))] : [];
    const { api, gathering, root } = new ScatterGather(this, 'ScatterGather', {
      ...{ ...choices, jobs, bundles, alarmActions },
      ...(jobSettings && { jobSettings }),
    });
    this.#tell('ApiUrl', api.url, 'Where to send requests');
    this.#tell('ResultsQueueUrl', gathering.results.queueUrl, 'Where leaves outside this stack send results');
    this.#tell('BulkResultsQueueUrl', gathering.bulkResults.queueUrl, '… those of requests of more than one shard');
    this.#tell('TasksTopicArn', gathering.tasks.topicArn, 'Where leaves outside this stack subscribe');
    this.#tell('UndeliveredQueueArn', gathering.undelivered.queueArn, 'Dead letters of leaves outside this stack');
    this.#tell('RollCallsTopicArn', gathering.rollCalls.topicArn, 'Where services subscribe to be asked who is there');
    this.#tell('AnswersQueueUrl', gathering.answers.queueUrl, 'Where services answer roll-calls');
    this.#tell('CompletionsTopicArn', gathering.completions.topicArn, 'Where to subscribe to requests that closed');
    this.#tell('TableName', gathering.table.tableName, 'Where gatherings are kept');
    if (!root) return;
    this.#tell('RootEnvironment', root.environment, 'The environment of a root, one variable a line');
    this.#tell('RootPolicyArn', root.policy.managedPolicyArn, 'The policy for the role of a root');
    this.#tell('RootLogGroup', root.logGroup.logGroupName, 'Where a root logs, so that its requests are counted');
  }

  #tell(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}

/** A function's publisher of tasks, wired from its environment: to the topic, or to the instance that a task names. */
import type { TaskPublisher } from '../core/ports/work.ts';
import { requiredEnv } from '../env.ts';
import type { Gathering } from '../gathering/context.ts';
import { createChoosingPublisher } from '../roll-call/chosen.ts';
import { createDirectory } from '../roll-call/directory.ts';
import { createCensusStore } from './census-store.ts';
import { dynamodb } from './clients/dynamodb.ts';
import { sns } from './clients/sns.ts';
import { sqs } from './clients/sqs.ts';
import { createInstanceQueues } from './instance-queues.ts';
import { createResultsSender } from './queues.ts';
import { createTaskPublisher } from './task-publisher.ts';

export function publisherFromEnv({
  jobs,
  clock,
  telemetry,
}: Pick<Gathering, 'jobs' | 'clock' | 'telemetry'>): TaskPublisher {
  const census = createCensusStore({ client: dynamodb, tableName: requiredEnv('GATHERINGS_TABLE_NAME') });
  return createChoosingPublisher({
    ...{ jobs, telemetry },
    publisher: createTaskPublisher(sns, requiredEnv('TASKS_TOPIC_ARN'), clock),
    directory: createDirectory(census, clock),
    instances: createInstanceQueues(sqs, {
      ...{ besideQueueUrl: requiredEnv('RESULTS_QUEUE_URL'), stackName: requiredEnv('STACK_NAME'), clock },
    }),
    results: createResultsSender(sqs),
  });
}

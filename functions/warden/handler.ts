/**
 * The warden's function. Trigger: the deadlines queue, each message delayed until shortly before the deadline that it is
 * for. A late or repeated call is harmless: see `guard`.
 */
import type { SQSEvent } from 'aws-lambda';
import { dynamodb } from '../../shared/aws/clients/dynamodb.ts';
import { sqs } from '../../shared/aws/clients/sqs.ts';
import { headReader } from '../../shared/aws/gathering-store/registration.ts';
import { createNoticeQueue, timersFromEnv } from '../../shared/aws/queues.ts';
import { takeEach } from '../../shared/aws/records.ts';
import { systemClock } from '../../shared/aws/system.ts';
import { observed, telemetry } from '../../shared/aws/telemetry.ts';
import { type DeadlineTimer, parseTimer } from '../../shared/core/timer.ts';
import { requiredEnv } from '../../shared/env.ts';
import { type Guarding, guard } from './guard.ts';

export const createHandler = () => {
  const guarding: Guarding = {
    store: headReader({ client: dynamodb, tableName: requiredEnv('GATHERINGS_TABLE_NAME') }),
    timers: timersFromEnv(sqs),
    notices: createNoticeQueue(sqs, requiredEnv('NOTICES_QUEUE_URL')),
    ...{ clock: systemClock, telemetry },
  };
  return observed((event: SQSEvent) =>
    takeEach(event, telemetry, async (body) => guard(guarding, parseTimer(JSON.parse(body)) as DeadlineTimer)),
  );
};

import type { Construct } from 'constructs';
import { ENV } from '../../shared/env.ts';
import { HardenedFunction } from '../resources/function.ts';
import type { ApiAuth } from './api.ts';
import { SERVICE_SIZE } from './gathering.ts';
import type { PartProps } from './part.ts';

export interface RollCallProps extends PartProps {
  readonly auth: ApiAuth;
  readonly retentionHours: number;
}

/** Asks everybody who listens who is there, waits for the answers, and says who is. */
export class RollCall extends HardenedFunction {
  constructor(scope: Construct, id: string, { settings, gathering, auth, retentionHours }: RollCallProps) {
    const { table, claims, rollCalls, answers } = gathering;
    super(scope, id, {
      ...SERVICE_SIZE,
      settings,
      bundle: 'roll-call',
      description: 'Calls the roll: who is there, and who is not',
      environment: {
        [ENV.GATHERINGS_TABLE_NAME]: table.tableName,
        [ENV.ROLL_CALLS_TOPIC_ARN]: rollCalls.topicArn,
        [ENV.ANSWERS_QUEUE_URL]: answers.queueUrl,
        [ENV.CLAIMS_BUCKET_NAME]: claims.bucketName,
        [ENV.API_AUTH]: auth.kind,
        [ENV.RETENTION_HOURS]: String(retentionHours),
      },
      loops: false,
    });
    const actions = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'];
    table.permitRollCalls(this, actions, ['CENSUS']);
    claims.permitClaims(this);
    rollCalls.permitPublish(this);
  }
}

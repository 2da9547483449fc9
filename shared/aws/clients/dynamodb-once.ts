import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CLIENT_OPTIONS, unlogged } from './options.ts';

/** For reads that are not worth trying again. */
export const dynamodbOnce = unlogged(new DynamoDBClient({ ...CLIENT_OPTIONS, maxAttempts: 1 }));

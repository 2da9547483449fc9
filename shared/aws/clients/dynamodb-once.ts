import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CLIENT_OPTIONS } from './options.ts';

/** For reads that are not worth trying again. */
export const dynamodbOnce = new DynamoDBClient({ ...CLIENT_OPTIONS, maxAttempts: 1 });

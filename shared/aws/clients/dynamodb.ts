import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CLIENT_OPTIONS } from './options.ts';

/** One for each function. */
export const dynamodb = new DynamoDBClient(CLIENT_OPTIONS);

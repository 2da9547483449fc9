import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CLIENT_OPTIONS, unlogged } from './options.ts';

/** One for each function. */
export const dynamodb = unlogged(new DynamoDBClient(CLIENT_OPTIONS));

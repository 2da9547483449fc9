import { SQSClient } from '@aws-sdk/client-sqs';
import { CLIENT_OPTIONS } from './options.ts';

/** One for each function. */
export const sqs = new SQSClient(CLIENT_OPTIONS);

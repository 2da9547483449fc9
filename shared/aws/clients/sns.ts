import { SNSClient } from '@aws-sdk/client-sns';
import { CLIENT_OPTIONS } from './options.ts';

/** One for each function. */
export const sns = new SNSClient(CLIENT_OPTIONS);

import { SNSClient } from '@aws-sdk/client-sns';
import { CLIENT_OPTIONS, unlogged } from './options.ts';

/** One for each function. */
export const sns = unlogged(new SNSClient(CLIENT_OPTIONS));

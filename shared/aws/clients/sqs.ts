import { SQSClient } from '@aws-sdk/client-sqs';
import { CLIENT_OPTIONS, unlogged } from './options.ts';

/** One for each function. That a message arrives as it left is TLS's to see to: its digest, beside that of the signature, is not taken. */
export const sqs = unlogged(new SQSClient({ ...CLIENT_OPTIONS, md5: false }));

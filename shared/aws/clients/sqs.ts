import { SQSClient } from '@aws-sdk/client-sqs';
import { CLIENT_OPTIONS } from './options.ts';

/** One for each function. That a message arrives as it left is TLS's to see to: its digest, beside that of the signature, is not taken. */
export const sqs = new SQSClient({ ...CLIENT_OPTIONS, md5: false });

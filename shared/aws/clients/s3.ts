import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT_OPTIONS, unlogged } from './options.ts';

/** An emulator on loopback has no host name for each bucket, as S3 has. */
const isEmulated = Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL);

/** One for each function that meets a claim. A claim's own hash goes from end to end, so S3's checksums are not asked for. */
export const s3 = unlogged(
  new S3Client({
    ...CLIENT_OPTIONS,
    forcePathStyle: isEmulated,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  }),
);

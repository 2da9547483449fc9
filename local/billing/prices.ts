/**
 * What AWS asks for, in US East (N. Virginia), on demand, in the first tier and beyond every free one. One place for all prices.
 *
 * No page of AWS's own could be opened while this was written, so `evidence` says how each was checked:
 * - `aws`: a stored copy of AWS's own page or guide says so;
 * - `quoted`: others quote AWS's price list or page, with the day they read it (`asOf`);
 * - `unchecked`: from memory and from places that name no source. Check before anything depends on it.
 */
import type { Item } from './usage.ts';

export interface Price {
  readonly dollars: number;
  readonly per: string;
  readonly source: string;
  /** The day the price was in force, as far as it could be checked. */
  readonly asOf: string;
  readonly evidence: 'aws' | 'quoted' | 'unchecked';
}

const MILLION = 1_000_000;
const GB = 2 ** 30;
const PRICE_LIST = 'https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws';
const LAMBDA = { source: `${PRICE_LIST}/AWSLambda/current/us-east-1/index.json`, asOf: '2026-09-06' } as const;
const DYNAMODB = { source: `${PRICE_LIST}/AmazonDynamoDB/current/us-east-1/index.json`, asOf: '2026-09-06' } as const;
const S3 = { source: `${PRICE_LIST}/AmazonS3/current/us-east-1/index.json`, asOf: '2026-09-06' } as const;
const SQS = { source: `${PRICE_LIST}/AWSQueueService/current/us-east-1/index.json`, asOf: '2025-08-28' } as const;
/** Quoted of the price list of another region that costs the same, and of the page. */
const SNS = { source: 'https://aws.amazon.com/sns/pricing/', asOf: '2026-06-13' } as const;
const LOGS = { source: 'https://aws.amazon.com/cloudwatch/pricing/', asOf: '2026-08-01' } as const;

/** The price of everything that is metered. */
export const PRICES: Readonly<Record<Item, Price>> = {
  /**
   * Each 64 KB is one request. A PublishBatch is one request with the sum of its messages: "up to 10 messages in a single API
   * request … can reduce the costs … by a factor of up to 10" (https://docs.aws.amazon.com/sns/latest/dg/sns-batch-api-actions.html, 2026-11).
   */
  'sns-requests': { dollars: 0.5 / MILLION, per: 'request of 64 KB', ...SNS, evidence: 'quoted' },
  'sns-deliveries': { dollars: 0, per: 'delivery to SQS or Lambda', ...SNS, evidence: 'quoted' },
  'sqs-requests': { dollars: 0.4 / MILLION, per: 'request of 64 KB', ...SQS, evidence: 'quoted' },
  'sqs-empty-receives': { dollars: 0.4 / MILLION, per: 'request', ...SQS, evidence: 'quoted' },
  'lambda-requests': { dollars: 0.2 / MILLION, per: 'request', ...LAMBDA, evidence: 'quoted' },
  /** The functions run on Arm. */
  'lambda-gb-seconds': { dollars: 0.0000133334, per: 'GB-second', ...LAMBDA, evidence: 'quoted' },
  'dynamodb-write-units': { dollars: 0.625 / MILLION, per: 'write request unit', ...DYNAMODB, evidence: 'quoted' },
  'dynamodb-read-units': { dollars: 0.125 / MILLION, per: 'read request unit', ...DYNAMODB, evidence: 'quoted' },
  's3-writes': { dollars: 5 / MILLION, per: 'PUT, COPY, POST or LIST', ...S3, evidence: 'quoted' },
  's3-reads': { dollars: 0.4 / MILLION, per: 'GET or other request', ...S3, evidence: 'quoted' },
  'api-requests': {
    dollars: 1 / MILLION,
    per: 'request of 512 KB',
    source:
      'https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html',
    asOf: '2026-09-20',
    evidence: 'aws',
  },
  'log-bytes': { dollars: 0.5 / GB, per: 'byte ingested', ...LOGS, evidence: 'quoted' },
  /** Ingestion alone: each metric costs by the month besides, however often it is sent. */
  'emf-bytes': { dollars: 0.5 / GB, per: 'byte ingested', ...LOGS, evidence: 'quoted' },
};

export type PeerItem =
  | 'state-transitions'
  | 'express-requests'
  | 'express-gb-seconds'
  | 'durable-operations'
  | 'durable-bytes';

const STEP_FUNCTIONS = 'https://aws.amazon.com/step-functions/pricing/';
const DURABLE = { source: 'https://aws.amazon.com/lambda/pricing/', asOf: '2026-09-20' } as const;

/** What other ways to do the same work are billed by. */
export const PEER_PRICES: Readonly<Record<PeerItem, Price>> = {
  'state-transitions': {
    dollars: 25 / MILLION,
    per: 'state transition',
    source: STEP_FUNCTIONS,
    asOf: '2026-11-23',
    evidence: 'aws',
  },
  'express-requests': {
    dollars: 1 / MILLION,
    per: 'execution of an Express workflow',
    source: STEP_FUNCTIONS,
    asOf: '2026-11-23',
    evidence: 'unchecked',
  },
  'express-gb-seconds': {
    dollars: 0.00001667,
    per: 'GB-second, in steps of 64 MB and 100 ms',
    source: STEP_FUNCTIONS,
    asOf: '2026-11-23',
    evidence: 'unchecked',
  },
  'durable-operations': { dollars: 8 / MILLION, per: 'durable operation', ...DURABLE, evidence: 'quoted' },
  'durable-bytes': { dollars: 0.25 / GB, per: 'byte written', ...DURABLE, evidence: 'quoted' },
};

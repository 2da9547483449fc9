/** The reports of one request, taken in together; if that fails, one by one, so that what nobody can take in stops no other. */
import type { SQSRecord } from 'aws-lambda';
import { messageOf } from '../../shared/core/errors.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { type Aggregating, aggregate } from './aggregate.ts';
import type { RequestReports } from './batch.ts';

/** Takes them in; the messages of those that could not be, which are to come again. A task reported twice is counted once. */
export async function takeReports(
  aggregating: Aggregating,
  { records, reports }: RequestReports,
): Promise<readonly SQSRecord[]> {
  try {
    await aggregate(aggregating, reports);
    return [];
  } catch (error) {
    const reason = messageOf(error, LIMITS.messageLength);
    aggregating.telemetry.warn('reports not taken in', { reason, messages: records.length });
    return records.length > 1 ? oneByOne(aggregating, { records, reports }) : records;
  }
}

async function oneByOne(aggregating: Aggregating, { records, reports }: RequestReports): Promise<readonly SQSRecord[]> {
  const failed: SQSRecord[] = [];
  for (const [index, record] of records.entries()) {
    const alone = { records: [record], reports: reports.slice(index, index + 1) };
    failed.push(...(await takeReports(aggregating, alone)));
  }
  return failed;
}

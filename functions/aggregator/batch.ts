/** A batch of messages, grouped by the request they report on; what cannot be read is set apart. */
import type { SQSRecord } from 'aws-lambda';
import { type ResultsEnvelope, senderName } from '../../shared/core/envelope.ts';
import { messageOf } from '../../shared/core/errors.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { readReport } from './reports.ts';

export interface RequestReports {
  readonly records: SQSRecord[];
  readonly reports: ResultsEnvelope[];
}

export interface Unreadable {
  readonly record: SQSRecord;
  readonly reason: string;
}

/** Groups reports by everything a group is trusted to share: a forged header stands alone. */
export function readBatch(records: readonly SQSRecord[]): {
  readonly requests: readonly RequestReports[];
  readonly unreadable: readonly Unreadable[];
} {
  const groups = new Map<string, RequestReports>();
  const unreadable: Unreadable[] = [];
  for (const record of records) {
    try {
      const report = readReport(record.body);
      const key = senderName(report);
      const group = groups.get(key) ?? { records: [], reports: [] };
      groups.set(key, group);
      group.records.push(record);
      group.reports.push(report);
    } catch (error) {
      unreadable.push({ record, reason: messageOf(error, LIMITS.messageLength) });
    }
  }
  return { requests: [...groups.values()], unreadable };
}

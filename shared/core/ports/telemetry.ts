/** What operators see. */
export type MetricName =
  | 'RequestsClosedByDeadline'
  | 'TasksFailed'
  | 'TasksRetried'
  | 'TasksDropped'
  | 'TasksHedged'
  | 'HedgesWon'
  | 'EstimatesKept'
  | 'EstimatesMissed'
  | 'ResultsLate'
  | 'ResultsAmended'
  | 'WastedLeafMs'
  | 'ResultsRefused'
  | 'NoticesSent'
  | 'NoticesFailed'
  | 'AnswersLate'
  | 'RegularMembersAbsent'
  | 'AnswersRefused';

/** One structured line per decision, and counts. Payloads and results never go here. */
export interface Telemetry {
  count(metric: MetricName, by?: number): void;
  log(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Log lines that CloudWatch counts, by metric filters: functions write them, infra names them. */
export const LINES = { requestAccepted: 'request accepted', requestClosed: 'request closed' } as const;

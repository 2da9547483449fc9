/** What some schedules came to. It holds nothing that a second run would not say again. */
import type { CompletionReason } from '../shared/core/completion.ts';
import { GRACE_MS } from './oracle.ts';
import type { Schedule } from './schedule.ts';

export interface Report {
  readonly schedules: number;
  readonly broken: readonly { readonly seed: number; readonly message: string }[];
  /** Closed requests by why they closed. */
  readonly reasons: Readonly<Partial<Record<CompletionReason, number>>>;
  /** From acceptance to the answer, in ms of virtual time, over all closed requests. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly invocations: number;
  /** Requests that closed later than two seconds after their deadline, by true time. */
  readonly late: number;
  /** Tasks that were sent a second time because they were late. */
  readonly copies: number;
}

/** Gathers what a report says, one schedule at a time. */
export function summarize(): { add(schedule: Schedule): void; report(): Report } {
  const broken: { seed: number; message: string }[] = [];
  const reasons: Partial<Record<CompletionReason, number>> = {};
  const latencies: number[] = [];
  let [schedules, invocations, copies, late] = [0, 0, 0, 0];
  return {
    add({ seed, world, broken: message }) {
      schedules++;
      invocations += world.invocations;
      if (message !== undefined) broken.push({ seed, message });
      for (const { requestId, closedAt, copies: sent } of world.watched.values()) {
        copies += sent;
        const { head } = world.store.inspect(requestId);
        if (!head?.reason || closedAt === undefined) continue;
        reasons[head.reason] = (reasons[head.reason] ?? 0) + 1;
        latencies.push(closedAt - head.acceptedAt);
        if (closedAt > head.deadlineAt + GRACE_MS) late++;
      }
    },
    report() {
      latencies.sort((a, b) => a - b);
      const latencyMs = {
        p50: quantile(latencies, 0.5),
        p95: quantile(latencies, 0.95),
        p99: quantile(latencies, 0.99),
      };
      return { schedules, broken, reasons, latencyMs, invocations, late, copies };
    },
  };
}

/** The smallest value that a share `q` of all does not exceed; 0 of none. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;

export function toText({ schedules, broken, reasons, latencyMs, invocations, late, copies }: Report): string {
  const { p50, p95, p99 } = latencyMs;
  const ended = Object.entries(reasons).map(([reason, count]) => `  ${reason.padEnd(18)} ${count}`);
  return [
    `${schedules} schedules, ${invocations} invocations, ${copies} hedges: ${broken.length} broke an invariant`,
    ...ended.toSorted(),
    `closed later than 2 s after the deadline: ${late}`,
    `from acceptance to the answer: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`,
    '',
  ].join('\n');
}

/** Retries are ours: attempt n+1 of a task that failed retryably, while attempts and time remain and it is still asked for. */
import {
  type FailedResult,
  headerOf,
  isFailure,
  payloadOf,
  type TaskReport,
  type TaskResult,
} from '../../shared/core/envelope.ts';
import { hasOneShard } from '../../shared/core/gathering.ts';
import type { Job } from '../../shared/core/job.ts';
import { packEnvelopes, ridersOf } from '../../shared/core/pack.ts';
import type { Aggregating } from './aggregate.ts';

/** Sends again what may be tried again; the results that are final. */
export async function retry(aggregating: Aggregating, reports: readonly TaskReport[]): Promise<readonly TaskResult[]> {
  const { jobs, store, clock } = aggregating;
  const results = reports.flatMap((report) => report.results).filter(says);
  const [first] = reports;
  const job = first && jobs.get(first.job);
  if (!job || !results.some((result) => mayRetry(job, result))) return results;
  const head = await store.readHead(first.requestId, clock.now());
  const asked = head?.state === 'open' && head.resultsToken === first.resultsToken && head.job === job.name;
  if (!asked || clock.now() >= head.deadlineAt) return results;
  await Promise.all(reports.map((report) => sendAgain(aggregating, job, report)));
  return results.filter((result) => !mayRetry(job, result));
}

/** The failure of a copy says nothing of its task: the first one is still to answer, and is tried again if that fails. */
const says = (result: TaskResult): boolean => !(isFailure(result) && result.hedge);

const mayRetry = (job: Job, result: TaskResult): result is FailedResult =>
  isFailure(result) &&
  !result.hedge &&
  result.error.retryable &&
  ('payload' in result || 'claim' in result) &&
  result.attempt < job.attempts;

async function sendAgain({ publisher, replyTo, telemetry }: Aggregating, job: Job, report: TaskReport): Promise<void> {
  const failures = report.results.filter((result) => mayRetry(job, result));
  const header = { ...headerOf(report), hops: report.hops + 1 };
  const envelopes = [...Map.groupBy(failures, (failure) => failure.attempt)].flatMap(([attempt, again]) =>
    packEnvelopes(
      header,
      again.map((failure) => taskOf(report, failure)),
      {
        tasksPerMessage: ridersOf(job, report.expected),
        attempt: attempt + 1,
        replyTo: hasOneShard(report) ? replyTo.small : replyTo.bulk,
      },
    ),
  );
  if (envelopes.length === 0) return;
  await publisher.publish(envelopes);
  telemetry.count('TasksRetried', failures.length);
}

const taskOf = ({ leaf, instance }: TaskReport, failure: FailedResult) => ({
  ...(instance === undefined ? {} : { instance }),
  ...{ taskIndex: failure.taskIndex, leaf, ...(failure.label === undefined ? {} : { label: failure.label }) },
  ...payloadOf(failure),
});

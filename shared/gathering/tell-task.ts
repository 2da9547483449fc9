/** A task that asked for a request of its own hears what became of it the way every task does: by a result. */
import type { Payload, ResultsEnvelope, TaskError } from '../core/envelope.ts';
import { type Head, hasOneShard, type ParentTask } from '../core/gathering.ts';
import type { ResultsSender } from '../core/ports/work.ts';
import { headerFor } from './publish-tasks.ts';

export interface Telling {
  readonly results: ResultsSender;
  /** Where results come in: of small requests, and of larger ones. */
  readonly home: { readonly small: string; readonly bulk: string };
}

/** What became of it: a value or its claim, or an error. */
export type Outcome = { readonly value: unknown } | Required<Pick<Payload, 'claim'>> | { readonly error: TaskError };

/** Sends the result of `task` to where those of its request, `asking`, come in. */
export async function tellTask(
  { results, home }: Telling,
  asking: Head,
  { taskIndex, attempt, label, leaf, hops, traceparent, values }: ParentTask,
  outcome: Outcome,
): Promise<void> {
  const named = { taskIndex, attempt, ...(label === undefined ? {} : { label }) };
  const envelope: ResultsEnvelope = {
    ...headerFor({ head: asking, job: { values: values ?? 'inline' }, hops: hops + 1, traceparent }),
    leaf,
    results: [{ ...named, ...outcome }],
  };
  await results.send(hasOneShard(asking) ? home.small : home.bulk, envelope);
}

/**
 * What an environment of the aggregator remembers of what it has taken in, so that what comes again costs no write. A result is
 * in once its mark was accepted and all that the mark asks for is done; from then on the same one, of the same task, attempt,
 * copy and outcome, says nothing new. Only that may be noted: of whatever failed or was refused nothing is known, and it is
 * taken in again as if for the first time, as it is by an environment that remembers nothing.
 */
import { isFailure, type LeafResult, type ResultsEnvelope, type TaskResult } from '../../shared/core/envelope.ts';
import { LIMITS } from '../../shared/core/limits.ts';

/** What says whose results they are; a forged header stands for nobody else's. */
export type Sender = Pick<ResultsEnvelope, 'requestId' | 'resultsToken' | 'expected' | 'shardSize'>;

export const senderName = ({ requestId, resultsToken, expected, shardSize }: Sender): string =>
  JSON.stringify([requestId, resultsToken, expected, shardSize]);

export interface Taken {
  /** The reports without the results that are in, and without those that are left with none. */
  without(reports: readonly ResultsEnvelope[]): readonly ResultsEnvelope[];
  /** Notes results that are in. */
  note(sender: Sender, results: readonly TaskResult[]): void;
}

/** Remembers the last `most` results at least, and twice as many at most. */
export function createTaken(most: number = LIMITS.resultsRemembered): Taken {
  let young = new Map<string, Set<Name>>();
  let old: typeof young = new Map();
  let count = 0;
  const noteOne = (sender: string, result: Name): void => {
    if (count >= most) [young, old, count] = [new Map(), young, 0];
    const known = young.get(sender) ?? new Set<Name>();
    count += known.has(result) ? 0 : 1;
    young.set(sender, known.add(result));
  };
  return {
    without(reports) {
      return reports.flatMap((report) => {
        const sender = senderName(report);
        const known = [young.get(sender), old.get(sender)];
        const results = report.results.filter((result) => !known.some((names) => names?.has(resultName(result))));
        return results.length > 0 ? [{ ...report, results }] : [];
      });
    },
    note(sender, results) {
      const name = senderName(sender);
      for (const result of results) noteOne(name, resultName(result));
    },
  };
}

/** Results of one batch, each once. */
export function distinct(results: readonly TaskResult[]): TaskResult[] {
  const names = new Set<Name>();
  return results.filter((result) => names.size < names.add(resultName(result)).size);
}

type Name = number | string;

/** What a number may say beside the task: attempt, copy and outcome, of attempts that jobs may have and some more. */
const KINDS = 128;

/** A number where it fits, which is made and found in a tenth of the time that a text takes. */
function resultName(result: LeafResult): Name {
  const { taskIndex, attempt, hedge = false } = result;
  const outcome = 'request' in result ? 2 : isFailure(result) ? 1 : 0;
  const kind = 6 * attempt + (hedge ? 3 : 0) + outcome;
  return kind < KINDS ? KINDS * taskIndex + kind : `${taskIndex} ${attempt} ${hedge} ${outcome}`;
}

/**
 * What an environment of the aggregator remembers of what it has taken in, so that what comes again costs no write. A result is
 * in once its mark was accepted and all that the mark asks for is done; from then on the same one, of the same task, attempt,
 * copy and outcome, says nothing new. Only that may be noted: of whatever failed or was refused nothing is known, and it is
 * taken in again as if for the first time, as it is by an environment that remembers nothing.
 */
import {
  isFailure,
  type LeafResult,
  type ResultsEnvelope,
  type Sender,
  senderName,
  type TaskResult,
} from '../../shared/core/envelope.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { createRecently } from '../../shared/core/recently.ts';

export interface Taken {
  /** The reports without the results that are in, and without those that are left with none. */
  without(reports: readonly ResultsEnvelope[]): readonly ResultsEnvelope[];
  /** Notes results that are in. */
  note(sender: Sender, results: readonly TaskResult[]): void;
}

/** Remembers the last `most` results at least, and twice as many at most. */
export function createTaken(most: number = LIMITS.resultsRemembered): Taken {
  const recently = createRecently<Name>(most);
  return {
    without(reports) {
      return reports.flatMap((report) => {
        const known = recently.of(senderName(report));
        const results = report.results.filter((result) => !known.some((names) => names.has(resultName(result))));
        return results.length > 0 ? [{ ...report, results }] : [];
      });
    },
    note(sender, results) {
      recently.note(senderName(sender), results.map(resultName));
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

/** Puts a leaf through all of its trials, and says of each what is wrong. */
import type { Letterhead } from './envelopes.ts';
import type { LeafUnderTest } from './leaf.ts';
import { Mailbox } from './mailbox.ts';
import { rollCallTrials } from './roll-call-trials.ts';
import type { Breach } from './rules.ts';
import { FURTHER_TRIALS, ONE_TASK, type Trial, type Trying } from './trials.ts';

export interface CheckOptions extends Pick<Trying, 'waitMs' | 'quietMs' | 'failing'> {
  readonly letterhead: Omit<Letterhead, 'replyTo'>;
  /** The service whose roll-calls it answers, where it does. */
  readonly rollCallsOf?: string;
  /** Is told of each trial when it is over. */
  readonly onTrial?: (outcome: TrialOutcome) => void;
}

export interface TrialOutcome {
  readonly name: string;
  readonly breaches: readonly Breach[];
}

/** The outcome of each trial. Where even a single task is not answered, the others are not begun. */
export async function checkLeaf(leaf: LeafUnderTest, options: CheckOptions): Promise<readonly TrialOutcome[]> {
  const { letterhead, rollCallsOf, onTrial, ...rest } = options;
  const mailbox = new Mailbox(leaf);
  const trying: Trying = { leaf, mailbox, letterhead: { ...letterhead, replyTo: leaf.replyTo }, ...rest };
  const outcomes: TrialOutcome[] = [];
  const run = async (trial: Trial): Promise<void> => {
    const breaches = [...(await trial.run(trying)), ...mailbox.breaches.splice(0)];
    const outcome = { name: trial.name, breaches };
    outcomes.push(outcome);
    onTrial?.(outcome);
  };
  await run(ONE_TASK);
  const isSilent = outcomes[0]?.breaches.some(({ rule }) => rule === 'answers');
  const further = isSilent ? [] : FURTHER_TRIALS;
  for (const trial of [...further, ...(rollCallsOf ? rollCallTrials(rollCallsOf) : [])]) await run(trial);
  return outcomes;
}

/** The leaves of the model: they answer at once, whatever is published; what they say goes home, some of it late. */
import { headerOf, type ResultsEnvelope, type TaskEnvelope, type TaskResult } from '../../../shared/core/envelope.ts';
import type { Random } from '../../../simulation/random.ts';
import type { Fortune, Scenario, Value } from './scenario.ts';

export interface Leaves {
  /** Messages of slow leaves: not sent yet. */
  readonly slow: ResultsEnvelope[];
  /** Every message that was published. */
  readonly sent: TaskEnvelope[];
  /** How often each task was published, by attempt and task index. */
  readonly published: Map<string, number>;
  /** Has a message answered of which nobody counts how often it was published: a copy. */
  answer(envelope: TaskEnvelope): void;
  deliver(envelopes: readonly TaskEnvelope[]): Promise<void>;
}

/** More than a head takes in. */
const BULK = 'x'.repeat(400);

/** How `published` names one attempt of a task. */
export const attemptOf = (taskIndex: number, attempt: number): string => `${attempt} of ${taskIndex}`;

export function createLeaves(
  random: Random,
  { fortunes, slowness, bulk }: Scenario,
  send: (result: ResultsEnvelope) => void,
): Leaves {
  const slow: ResultsEnvelope[] = [];
  const published = new Map<string, number>();
  const sent: TaskEnvelope[] = [];
  const answer = (envelope: TaskEnvelope): void => {
    const { attempt, hedge, tasks } = envelope;
    const results = tasks.flatMap((task): TaskResult[] => {
      const { taskIndex, label, payload } = task;
      const said = outcome(fortunes[taskIndex] ?? 'silent', attempt, random);
      const base = { taskIndex, attempt, ...(hedge ? { hedge } : {}), ...(label === undefined ? {} : { label }) };
      if (said === 'nothing') return [];
      const value: Value = { taskIndex: payload as number, ...(random.chance(bulk) ? { bulk: BULK } : {}) };
      if (said === 'success') return [{ ...base, value }];
      const retryable = said === 'retryable';
      return [{ ...base, error: { cause: 'leaf-error', message: said, retryable }, ...(retryable ? { payload } : {}) }];
    });
    for (const part of parts(random.shuffled(results), random)) {
      const message = { ...headerOf(envelope), hops: envelope.hops + 1, results: part };
      if (random.chance(slowness)) slow.push(message);
      else send(message);
    }
  };
  return {
    ...{ slow, published, sent, answer },
    async deliver(envelopes) {
      for (const envelope of random.shuffled(envelopes)) {
        sent.push(envelope);
        for (const name of envelope.tasks.map(({ taskIndex }) => attemptOf(taskIndex, envelope.attempt)))
          published.set(name, (published.get(name) ?? 0) + 1);
        answer(envelope);
      }
    },
  };
}

function outcome(fortune: Fortune, attempt: number, random: Random): 'success' | 'final' | 'retryable' | 'nothing' {
  switch (fortune) {
    case 'succeeds':
      return 'success';
    case 'fails':
      return 'final';
    case 'succeeds-at-second':
      return attempt > 1 ? 'success' : 'retryable';
    case 'never-succeeds':
      return 'retryable';
    case 'fickle':
      return random.pick(['success', 'final', 'retryable']);
    case 'silent':
      return 'nothing';
  }
}

/** A leaf may flush what it has before the rest is done. */
function parts<Item>(items: readonly Item[], random: Random): Item[][] {
  if (items.length === 0) return [];
  const cut = random.chance(0.3) ? 1 + random.below(items.length) : items.length;
  return [items.slice(0, cut), items.slice(cut)].filter((part) => part.length > 0);
}

/** The leaves of the model, and the queue their results go to: at least once, in any order, in any company. */
import { headerOf, type ResultsEnvelope, type TaskEnvelope, type TaskResult } from '../../../shared/core/envelope.ts';
import type { TaskPublisher } from '../../../shared/core/ports.ts';
import type { Random } from '../random.ts';
import type { Fortune, Scenario } from './scenario.ts';

export interface ResultsQueue extends TaskPublisher {
  /** Messages that nobody is working on. */
  readonly waiting: ResultsEnvelope[];
  /** Messages of slow leaves: not sent yet. */
  readonly slow: ResultsEnvelope[];
  /** Takes up to `most` of them, in any order. */
  take(most: number): ResultsEnvelope[];
}

/** Leaves answer at once, whatever is published; what they say waits here. */
export function createLeaves(random: Random, { fortunes, slowness }: Scenario): ResultsQueue {
  const waiting: ResultsEnvelope[] = [];
  const slow: ResultsEnvelope[] = [];
  const answer = (envelope: TaskEnvelope): void => {
    const results = envelope.tasks.flatMap((task): TaskResult[] => {
      const { taskIndex, label, payload } = task;
      const said = outcome(fortunes[taskIndex] ?? 'silent', envelope.attempt, random);
      const base = { taskIndex, attempt: envelope.attempt, ...(label === undefined ? {} : { label }) };
      if (said === 'nothing') return [];
      if (said === 'success') return [{ ...base, value: payload }];
      const retryable = said === 'retryable';
      return [{ ...base, error: { cause: 'leaf-error', message: said, retryable }, ...(retryable ? { payload } : {}) }];
    });
    for (const part of parts(random.shuffled(results), random))
      (random.chance(slowness) ? slow : waiting).push({
        ...headerOf(envelope),
        hops: envelope.hops + 1,
        results: part,
      });
  };
  return {
    ...{ waiting, slow },
    take: (most) =>
      random.shuffled(waiting.splice(0)).filter((message, index) => index < most || !waiting.push(message)),
    async publish(envelopes) {
      for (const envelope of random.shuffled(envelopes)) answer(envelope);
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

/** What a leaf is put through, in order. Each trial says what came of it; whatever it leaves behind stays in the mailbox. */
import type { ResultsEnvelope, TaskEnvelope } from '../shared/core/envelope.ts';
import { type Letterhead, LOST_CLAIM, taskEnvelope } from './envelopes.ts';
import type { LeafUnderTest } from './leaf.ts';
import type { Mailbox } from './mailbox.ts';
import { type Breach, breach, breachesOf, type Rule } from './rules.ts';

export interface Trying {
  readonly leaf: LeafUnderTest;
  readonly mailbox: Mailbox;
  readonly letterhead: Letterhead;
  /** How long an answer may take, in ms. */
  readonly waitMs: number;
  /** How long nothing has to come where nothing may, in ms. */
  readonly quietMs: number;
  /** A payload that the leaf cannot answer, where there is one. */
  readonly failing?: { readonly payload: unknown };
}

export interface Trial {
  readonly name: string;
  run(trying: Trying): Promise<readonly Breach[]>;
}

/** Hands out an envelope, and takes what is answered to it. */
async function ask({ leaf, mailbox, waitMs }: Trying, envelope: TaskEnvelope): Promise<readonly ResultsEnvelope[]> {
  await leaf.send(JSON.stringify(envelope));
  return mailbox.answersTo(envelope.requestId, envelope.tasks.length, waitMs);
}

/** One task that it can answer; whatever came before must not have broken it. */
async function stillAnswers(trying: Trying, after: string): Promise<Breach[]> {
  const { letterhead } = trying;
  const answers = await ask(trying, taskEnvelope(letterhead, [{ taskIndex: 2, payload: letterhead.payload }]));
  return answers.length > 0 ? [] : [breach('survives', `it answers nothing any more after ${after}`)];
}

/** The same breaches under the rule that the trial is about, where nothing was answered at all. */
const asRule = (rule: Rule, breaches: readonly Breach[]): Breach[] =>
  breaches.map((each) => (each.rule === 'answers' ? { ...each, rule } : each));

export const ONE_TASK: Trial = {
  name: 'one task',
  async run(trying) {
    const { payload } = trying.letterhead;
    const tasks = [{ taskIndex: 4, label: 'four', payload }];
    const envelope = taskEnvelope(trying.letterhead, tasks, { attempt: 2, graceMs: 5_000 });
    return breachesOf(envelope, await ask(trying, envelope));
  },
};

const TOGETHER: Trial = {
  name: 'several tasks that ride together',
  async run(trying) {
    const { payload } = trying.letterhead;
    const tasks = [5, 17, 999].map((taskIndex) => ({ taskIndex, label: `task ${taskIndex} 🚂`, payload }));
    const envelope = taskEnvelope(trying.letterhead, [...tasks, { taskIndex: 0, payload }]);
    return breachesOf(envelope, await ask(trying, envelope));
  },
};

const REPEAT: Trial = {
  name: 'the same message again',
  async run(trying) {
    const { letterhead, mailbox, quietMs } = trying;
    const envelope = taskEnvelope(letterhead, [{ taskIndex: 1, payload: letterhead.payload }]);
    const first = await ask(trying, envelope);
    await trying.leaf.send(JSON.stringify(envelope));
    const alive = await stillAnswers(trying, 'a repeat');
    // A second answer is as good as none: what is counted is counted once.
    const all = await mailbox.answersTo(envelope.requestId, 2, quietMs);
    const again = all.slice(first.length).flatMap((answer) => breachesOf(envelope, [answer]));
    return [...breachesOf(envelope, first), ...again, ...alive];
  },
};

const EXPIRED: Trial = {
  name: 'a task that is past its deadline',
  async run(trying) {
    const { letterhead, mailbox, quietMs } = trying;
    const past = Date.now() - 5_000;
    const tasks = [{ taskIndex: 3, payload: letterhead.payload }];
    const envelope = taskEnvelope(letterhead, tasks, {
      acceptedAt: past - 1_000,
      deadlineAt: past,
      expiresAt: past + 2_000,
    });
    await trying.leaf.send(JSON.stringify(envelope));
    const alive = await stillAnswers(trying, 'a task past its deadline');
    const answers = await mailbox.answersTo(envelope.requestId, 1, quietMs);
    return [...alive, ...answers.map(() => breach('deadline', 'a task past its deadline was answered'))];
  },
};

const UNKNOWN: Trial = {
  name: 'members that it does not know',
  async run(trying) {
    const { letterhead } = trying;
    const tasks = [{ taskIndex: 6, payload: letterhead.payload, later: { form: 2 } }];
    const envelope = taskEnvelope(letterhead, tasks, { later: ['a', { form: 2 }] });
    return asRule('unknown-members', breachesOf(envelope, await ask(trying, envelope)));
  },
};

const COPY: Trial = {
  name: 'a second copy of a task',
  async run(trying) {
    const { letterhead } = trying;
    const envelope = taskEnvelope(letterhead, [{ taskIndex: 7, payload: letterhead.payload }], { hedge: true });
    return breachesOf(envelope, await ask(trying, envelope));
  },
};

const CLAIM: Trial = {
  name: 'a task whose payload is kept elsewhere, and lost',
  async run(trying) {
    const envelope = taskEnvelope(trying.letterhead, [{ taskIndex: 8, claim: LOST_CLAIM }]);
    const answers = await ask(trying, envelope);
    const made = answers.flatMap(({ results }) => results).some((result) => !('error' in result));
    return [
      ...asRule('claims', breachesOf(envelope, answers)),
      ...(made ? [breach('claims', 'a payload that is kept nowhere was answered without an error')] : []),
    ];
  },
};

const FAILING: Trial = {
  name: 'a payload that it cannot answer',
  async run(trying) {
    if (!trying.failing) return [];
    const { payload } = trying.failing;
    const envelope = taskEnvelope(trying.letterhead, [{ taskIndex: 9, label: 'nine', payload }]);
    const answers = await ask(trying, envelope);
    const made = answers.flatMap(({ results }) => results).some((result) => !('error' in result));
    return [
      ...asRule('errors', breachesOf(envelope, answers)),
      ...(made ? [breach('errors', 'a payload that it cannot answer was answered without an error')] : []),
    ];
  },
};

const MALFORMED: Trial = {
  name: 'messages that are no envelopes',
  async run(trying) {
    for (const body of ['no JSON', '[]', '{"v":2,"tasks":[]}']) await trying.leaf.send(body);
    return stillAnswers(trying, 'messages that are no envelopes');
  },
};

/** All trials of tasks after the first, without which none says anything. */
export const FURTHER_TRIALS: readonly Trial[] = [
  ...[TOGETHER, REPEAT, EXPIRED, UNKNOWN, COPY, CLAIM, FAILING, MALFORMED],
];

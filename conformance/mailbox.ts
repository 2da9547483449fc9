/** What comes back from a leaf, sorted by what it answers. */
import type { ResultsEnvelope } from '../shared/core/envelope.ts';
import type { Answer, LeafUnderTest } from './leaf.ts';
import { type Breach, readAnswers } from './rules.ts';

/** An answer to a roll-call, of which nobody knows anything yet. */
export interface PresentAnswer extends Pick<Answer, 'over'> {
  readonly present: Readonly<Record<string, unknown>>;
}

export class Mailbox {
  readonly #leaf: LeafUnderTest;
  readonly #envelopes: ResultsEnvelope[] = [];
  readonly #presents: PresentAnswer[] = [];
  /** What is wrong with answers, whatever they answer. */
  readonly breaches: Breach[] = [];

  constructor(leaf: LeafUnderTest) {
    this.#leaf = leaf;
  }

  /** What has come for a request, after waiting up to `ms` for `results` of them. */
  async answersTo(requestId: string, results: number, ms: number): Promise<readonly ResultsEnvelope[]> {
    const its = () => this.#envelopes.filter((envelope) => envelope.requestId === requestId);
    await this.#until(() => its().reduce((sum, envelope) => sum + envelope.results.length, 0) >= results, ms);
    return its();
  }

  /** Who has answered a roll-call, after waiting up to `ms` for somebody. */
  async presentAt(rollCallId: string, ms: number): Promise<readonly PresentAnswer[]> {
    const its = () => this.#presents.filter(({ present }) => present.rollCallId === rollCallId);
    await this.#until(() => its().length > 0, ms);
    return its();
  }

  async #until(isThere: () => boolean, ms: number): Promise<void> {
    const end = Date.now() + ms;
    for (let left = ms; !isThere() && left >= 0; left = end - Date.now())
      for (const answer of await this.#leaf.receive(Math.max(0, left))) this.#sort(answer);
  }

  #sort(answer: Answer): void {
    const present = presentIn(answer.body);
    if (present) return void this.#presents.push({ present, ...(answer.over ? { over: answer.over } : {}) });
    const { read, breaches } = readAnswers([answer]);
    this.#envelopes.push(...read);
    this.breaches.push(...breaches);
  }
}

function presentIn(body: string): PresentAnswer['present'] | undefined {
  try {
    const message: unknown = JSON.parse(body);
    const isPresent =
      typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'present';
    return isPresent ? (message as PresentAnswer['present']) : undefined;
  } catch {
    return undefined;
  }
}

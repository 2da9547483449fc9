/**
 * A job's audience: the services that are asked who is there before a request of it is split, so that it is split over who is. What
 * they answered is kept with the input, and so the split stays pure: whoever splits it again finds the same tasks.
 */
import type { Instance } from './roll-call/roll-call.ts';

export interface Audience {
  readonly services: readonly string[];
  /** How long they are waited for, in ms, before the request is accepted; less once all who usually answer have. */
  readonly windowMs: number;
}

/** Somebody who is there. */
export type Attendee = Omit<Instance, 'address'>;

/** What a split is told beside the input, where its job has an audience. */
export interface Heard {
  readonly present: readonly Attendee[];
}

/** What is kept of a submission to a job with an audience, in place of its input. */
export interface Attended extends Heard {
  readonly input: unknown;
}

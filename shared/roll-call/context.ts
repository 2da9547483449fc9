/** What the steps of a roll-call work with. */
import type { Clock, Ids } from '../core/ports/runtime.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import type { CensusStore, RollCallStore, RollCallsTopic } from '../core/roll-call/ports.ts';

/** Who ends roll-calls. */
export interface RollClosing {
  readonly store: RollCallStore;
  readonly census: CensusStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Who calls them. */
export interface RollCalling extends RollClosing {
  readonly topic: RollCallsTopic;
  readonly ids: Pick<Ids, 'requestId' | 'resultsToken'>;
  /** The queue that answers go to. */
  readonly replyTo: string;
  /** How long a roll-call is kept after its window, in ms. */
  readonly retentionMs: number;
}

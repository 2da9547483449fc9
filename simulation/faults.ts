/** What goes wrong, and how often: drawn from the seed, and spent as it happens, so that every schedule comes to an end. */
import type { Random } from './random.ts';

/** How a call of a port fares. Whoever dies, or hangs until its timeout, hears nothing more. */
export type Fate =
  | 'done'
  | 'done twice'
  | 'throttled'
  | 'refused by throttling'
  | 'failed after its effect'
  | 'died before'
  | 'died after'
  | 'hung';

/** The calls of which one may be the sore one of a schedule: there things go wrong rather than elsewhere. */
const CALLS = [
  ...(['claimKey', 'open', 'release', 'schedule', 'send', 'publishBatch', 'putInput', 'readInput'] as const),
  ...(['registerShards', 'registerHead', 'readHead', 'markScattered', 'leaseRange', 'tellScattered'] as const),
  ...(['markHedged', 'markReleased', 'putChunk', 'mark', 'postponeLook', 'readTally'] as const),
  ...(['readChunks', 'sealShard', 'putFold', 'readFold', 'tellFolded', 'takeTurn'] as const),
  ...(['takeCarry', 'beginClosing', 'putAnswer', 'publishClosed', 'closeWhole', 'stateOf'] as const),
  ...(['add', 'read', 'spend'] as const),
] as const;

export interface Faults {
  /** The largest difference of a function's clock from the true time, in ms. */
  readonly skewMs: number;
  /** The share of messages that come twice. */
  readonly duplicates: number;
  /** The share of leaf invocations that die, hang, or die without a trace. */
  readonly leafDeaths: number;
  readonly leafHangs: number;
  readonly leafLosses: number;
  /** Whether an entry of a PublishBatch is to fail this time. */
  partial(): boolean;
  /** Whether a batch is received and never handled, so that it comes again when it is visible again. */
  losesDelivery(): boolean;
  fateOf(call: string): Fate;
}

/** Fewer than a queue's receives: a message that dies because of them alone is nobody's schedule. */
const MOST = 4;

export function drawFaults(random: Random): Faults {
  const calm = random.chance(0.15);
  let left = calm ? 0 : random.below(MOST + 1);
  let throttles = calm ? 0 : random.pick([0, 3, 20]);
  const sore = random.pick(CALLS);
  const leaf = (): number => (calm ? 0 : random.pick([0, 0, 0.05, 0.3]));
  const spend = (odds: number): boolean => left > 0 && random.chance(odds) && left-- > 0;
  const partial = calm ? 0 : random.pick([0, 0.2]);
  return {
    skewMs: calm ? 0 : random.pick([0, 50, 400]),
    duplicates: calm ? 0 : random.pick([0, 0.1, 0.5]),
    ...{ leafDeaths: leaf(), leafHangs: leaf(), leafLosses: random.chance(0.2) ? leaf() : 0 },
    partial: () => random.chance(partial),
    losesDelivery: () => spend(0.02),
    fateOf(call) {
      if (spend(call === sore ? 0.4 : 0.01))
        return random.pick([
          'done twice',
          'failed after its effect',
          'died before',
          'died after',
          'died after',
          'hung',
        ]);
      if (throttles === 0 || !random.chance(0.1)) return 'done';
      throttles--;
      return left > 0 && random.chance(0.1) && left-- > 0 ? 'refused by throttling' : 'throttled';
    },
  };
}

/** Nothing goes wrong. */
export const NO_FAULTS: Faults = {
  ...{ skewMs: 0, duplicates: 0, leafDeaths: 0, leafHangs: 0, leafLosses: 0 },
  ...{ partial: () => false, losesDelivery: () => false, fateOf: () => 'done' },
};

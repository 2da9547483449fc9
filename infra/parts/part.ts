import type { FunctionSettings } from '../resources/function.ts';
import type { Gathering } from './gathering.ts';

/** What every part is made from. */
export interface PartProps {
  readonly settings: FunctionSettings;
  readonly gathering: Gathering;
  /** Whether functions may keep concurrency for themselves. */
  readonly reserveConcurrency: boolean;
}

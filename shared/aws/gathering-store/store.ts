/** The gatherings table as the port `GatheringStore`; what does not fit into an item is kept as a claim. */
import type { ClaimStore } from '../../core/ports/claim-store.ts';
import type { GatheringStore } from '../../core/ports/gathering-store.ts';
import type { Table } from '../table.ts';
import { closing } from './closing.ts';
import { folding } from './folding.ts';
import { marking } from './marking.ts';
import { nesting } from './nesting.ts';
import { registration } from './registration.ts';
import { scattering } from './scattering.ts';

/** The store over one table. */
export const createGatheringStore = (table: Table, claims: ClaimStore): GatheringStore => ({
  ...registration(table, claims),
  ...scattering(table),
  ...nesting(table),
  ...marking(table),
  ...folding(table, claims),
  ...closing(table, claims),
});

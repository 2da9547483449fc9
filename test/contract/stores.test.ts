/** The contracts of what is kept, held by the in-memory table of the model and by the real adapters alike. */
import { afterAll, beforeAll } from 'vitest';
import { createGatheringStore } from '../../shared/aws/gathering-store.ts';
import { createOwnerLedger } from '../../shared/aws/owner-ledger.ts';
import { type LocalTable, startLocalTable } from '../support/local-table.ts';
import { createMemoryLedger } from '../support/memory-ledger.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { gatheringStoreContract } from './gathering-store.contract.ts';
import { ownerLedgerContract } from './owner-ledger.contract.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await startLocalTable();
});
afterAll(() => local.close());

gatheringStoreContract('in memory', async () => createMemoryStore());
gatheringStoreContract('DynamoDB', async () => createGatheringStore(local.table));
ownerLedgerContract('in memory', async () => createMemoryLedger());
ownerLedgerContract('DynamoDB', async () => createOwnerLedger(local.table));

/** The contracts of what is kept, held by the in-memory table of the model and by the real adapters alike. */
import { afterAll, beforeAll } from 'vitest';
import { createCensusStore } from '../../shared/aws/census-store.ts';
import { createClaimStore } from '../../shared/aws/claims.ts';
import { createGatheringStore } from '../../shared/aws/gathering-store/store.ts';
import { createHistoryStore } from '../../shared/aws/history-store.ts';
import { createOwnerLedger } from '../../shared/aws/owner-ledger.ts';
import { createFactsReader } from '../../shared/aws/request-facts.ts';
import { createRequestStates } from '../../shared/aws/request-states.ts';
import { createRollCallFacts } from '../../shared/aws/roll-call-facts.ts';
import { createRollCallStore } from '../../shared/aws/roll-call-store.ts';
import { createMemoryClaims } from '../../simulation/ports/memory-claims.ts';
import { createMemoryHistory } from '../../simulation/ports/memory-history.ts';
import { createMemoryLedger } from '../../simulation/ports/memory-ledger.ts';
import { createMemoryStates } from '../../simulation/ports/memory-states.ts';
import { createMemoryStore } from '../../simulation/ports/memory-store.ts';
import { type LocalBucket, startLocalBucket } from '../support/local-bucket.ts';
import { type LocalTable, startLocalTable } from '../support/local-table.ts';
import { createMemoryCensus } from '../support/memory-census.ts';
import { createMemoryFacts } from '../support/memory-facts.ts';
import { createMemoryRollCallFacts } from '../support/memory-roll-call-facts.ts';
import { createMemoryRollCalls } from '../support/memory-roll-calls.ts';
import { censusStoreContract } from './census-store.contract.ts';
import { claimStoreContract } from './claim-store.contract.ts';
import { gatheringStoreContract } from './gathering-store.contract.ts';
import { historyStoreContract } from './history-store.contract.ts';
import { ownerLedgerContract } from './owner-ledger.contract.ts';
import { requestFactsContract } from './request-facts.contract.ts';
import { requestStatesContract } from './request-states.contract.ts';
import { rollCallFactsContract } from './roll-call-facts.contract.ts';
import { rollCallStoreContract } from './roll-call-store.contract.ts';

let local: LocalTable;
let s3: LocalBucket;
beforeAll(async () => {
  [local, s3] = await Promise.all([startLocalTable(), startLocalBucket()]);
});
afterAll(() => Promise.all([local.close(), s3.close()]));

gatheringStoreContract('in memory', async () => createMemoryStore());
gatheringStoreContract('DynamoDB', async () => createGatheringStore(local.table, createMemoryClaims()));
ownerLedgerContract('in memory', async () => createMemoryLedger());
ownerLedgerContract('DynamoDB', async () => createOwnerLedger(local.table));
requestFactsContract('in memory', async () => {
  const store = createMemoryStore();
  return { store, facts: createMemoryFacts(store) };
});
requestFactsContract('DynamoDB', async () => ({
  store: createGatheringStore(local.table, createMemoryClaims()),
  facts: createFactsReader(local.table),
}));
requestStatesContract('in memory', async () => {
  const store = createMemoryStore();
  return { store, states: createMemoryStates(store) };
});
requestStatesContract('DynamoDB', async () => ({
  store: createGatheringStore(local.table, createMemoryClaims()),
  states: createRequestStates(local.table),
}));
historyStoreContract('in memory', async () => createMemoryHistory());
historyStoreContract('DynamoDB', async () => createHistoryStore(local.table));
rollCallStoreContract('in memory', async () => createMemoryRollCalls());
rollCallStoreContract('DynamoDB', async () => createRollCallStore(local.table, createMemoryClaims()));
rollCallFactsContract('in memory', async () => {
  const store = createMemoryRollCalls();
  return { store, facts: createMemoryRollCallFacts(store) };
});
rollCallFactsContract('DynamoDB', async () => ({
  store: createRollCallStore(local.table, createMemoryClaims()),
  facts: createRollCallFacts(local.table),
}));
censusStoreContract('in memory', async () => createMemoryCensus());
censusStoreContract('DynamoDB', async () => createCensusStore(local.table));
claimStoreContract('in memory', async (clock) => {
  const store = createMemoryClaims(clock);
  return {
    store,
    overwrite: async (key, text) => void store.texts.set(key, text),
    remove: async (key) => void store.texts.delete(key),
  };
});
claimStoreContract('S3', async (clock) => ({
  store: createClaimStore(async () => s3.bucket, clock),
  overwrite: (key, text) => s3.overwrite(key, Buffer.from(text)),
  remove: s3.remove,
}));

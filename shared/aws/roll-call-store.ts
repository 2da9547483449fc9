/** The port `RollCallStore` in the gatherings table: a head a roll-call, its answers by the batch, and how it ended. */
import type { ClaimStore } from '../core/ports/claim-store.ts';
import type { AnswerStore, RollCallStore } from '../core/roll-call/ports.ts';
import type { AnswersChunk, RollAnswer, RollCall, RollCallOutcome } from '../core/roll-call/roll-call.ts';
import { pack, unpack, valueIn, withValue } from './keeping.ts';
import {
  getItem,
  glanceAtItem,
  type Item,
  type Key,
  putIfAbsent,
  queryItems,
  type Table,
  updateItem,
} from './table.ts';

/** What all keys of roll-calls begin with: IAM tells them from requests by it. */
const partition = (rollCallId: string): string => `ROLLCALL#${rollCallId}`;
export const rollCallHeadKey = (rollCallId: string): Key => ({ pk: partition(rollCallId), sk: 'HEAD' });
const outcomeKey = (rollCallId: string): Key => ({ pk: partition(rollCallId), sk: 'OUTCOME' });
const answersPrefix = (token: string): string => `ANSWERS#${token}#`;

const isOpen = '#state = :open';
const tokenIsOurs = 'answersToken = :token';
const hasRoom = 'arrived < :most';
const STATE = { '#state': 'state' };

/** The store over one table; an outcome that does not fit into an item is kept as a claim. */
export const createRollCallStore = (table: Table, claims: ClaimStore): RollCallStore => ({
  ...createAnswerStore(table),
  ...closing(table, claims),
  async register({ rollCallId, services, expected, ...head }) {
    const members = {
      ...(services ? { services: pack(services) } : {}),
      ...(expected ? { expected: pack(expected) } : {}),
    };
    await putIfAbsent(table, { ...rollCallHeadKey(rollCallId), ...head, ...members });
  },
  async glance(rollCallId, now) {
    return unlessExpired(await glanceAtItem(table, rollCallHeadKey(rollCallId)), now);
  },
  async readAnswers({ rollCallId, answersToken }) {
    const prefix = answersPrefix(answersToken);
    const chunks: AnswersChunk[] = [];
    for await (const { sk, answers } of queryItems(table, partition(rollCallId), prefix))
      chunks.push({ chunkId: sk.slice(prefix.length), answers: unpack(answers) as RollAnswer[] });
    return chunks;
  },
});

/** What takes answers in needs no more of it. */
export const createAnswerStore = (table: Table): AnswerStore => ({
  async read(rollCallId, now) {
    return unlessExpired(await getItem(table, rollCallHeadKey(rollCallId)), now);
  },
  async putAnswers({ rollCallId, ttlEpochSeconds }, token, { chunkId, answers }) {
    const key = { pk: partition(rollCallId), sk: `${answersPrefix(token)}${chunkId}` };
    await putIfAbsent(table, { ...key, answers: pack(answers), ttlEpochSeconds });
  },
  async mark(rollCallId, token, arrived, most) {
    const item = await updateItem(table, rollCallHeadKey(rollCallId), {
      set: 'ADD arrived :arrived',
      when: `${isOpen} AND ${tokenIsOurs} AND ${hasRoom}`,
      values: { arrived, token, most, open: 'open' },
      names: STATE,
    });
    return item === 'refused' ? item : 'marked';
  },
});

function closing(table: Table, claims: ClaimStore): Pick<RollCallStore, 'close' | 'putOutcome' | 'readOutcome'> {
  const readOutcome: RollCallStore['readOutcome'] = async (rollCallId) => {
    const item = await getItem(table, outcomeKey(rollCallId));
    return item && ((await valueIn({ claims, requestId: rollCallId }, item, 'outcome')) as RollCallOutcome);
  };
  return {
    readOutcome,
    async close(rollCallId, at) {
      const item = await updateItem(table, rollCallHeadKey(rollCallId), {
        set: 'SET #state = :closed, closedAt = :at',
        when: isOpen,
        values: { open: 'open', closed: 'closed', at },
        names: STATE,
      });
      return item === 'refused' ? item : decode(item);
    },
    async putOutcome({ rollCallId, ttlEpochSeconds }, outcome) {
      const item = await withValue({ claims, requestId: rollCallId, ttlEpochSeconds }, {}, 'outcome', outcome);
      const kept = await putIfAbsent(table, { ...outcomeKey(rollCallId), ...item, ttlEpochSeconds });
      return kept === 'put' ? outcome : ((await readOutcome(rollCallId)) ?? outcome);
    },
  };
}

function decode({ pk, sk: _, services, expected, ...head }: Item): RollCall {
  return {
    ...(head as unknown as RollCall),
    rollCallId: (pk as string).slice(partition('').length),
    ...(services ? { services: unpack(services) as readonly string[] } : {}),
    ...(expected ? { expected: unpack(expected) as readonly string[] } : {}),
  };
}

const unlessExpired = (item: Item | undefined, now: number): RollCall | undefined =>
  item && item.ttlEpochSeconds * 1_000 > now ? decode(item) : undefined;

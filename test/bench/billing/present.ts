/** The two forms of the result: one JSON document, or tables to read. */
import { PEER_PRICES, PRICES } from '../../../local/billing/prices.ts';
import { type Table, toText } from '../report.ts';
import { rounded } from '../statistics.ts';
import type { Peer } from './peers.ts';
import type { Row } from './rows.ts';
import { checkTargets } from './targets.ts';

export const jsonOf = (rows: readonly Row[], peers: readonly Peer[]): string =>
  `${JSON.stringify({ rows, peers }, null, 2)}\n`;

export const textOf = (rows: readonly Row[], peers: readonly Peer[]): string =>
  toText({
    name: 'billing',
    question: 'what does a task cost on AWS, and what does a request cost besides?',
    command: 'npm run bench:billing',
    tables: [costs(rows), services(rows), targets(rows), elsewhere(peers), priceTable()],
  });

const MILLION = 1_000_000;
/** Without the sign of a zero. */
const shown = (value: number, digits = 1): number => rounded(value, digits) + 0;
const WORK = ['tasks', 'bytes', 'delivery', 'a message', 'twice'];
const workOf = ({ tasks, resultBytes, delivery, tasksPerMessage, duplicates }: Row) => [
  ...[tasks, resultBytes, delivery, tasksPerMessage],
  duplicates > 0 ? `${duplicates * 100} %` : '',
];

const costs = (rows: readonly Row[]): Table => ({
  title:
    'dollars beyond every free tier, without calls of the API, empty receives and Lambda duration (apart: what it took here)',
  columns: [
    ...WORK,
    '$/M tasks',
    '$/M requests',
    'writes/task',
    'reads/task',
    'writes/request',
    'duration $/M tasks',
    's',
  ],
  rows: rows.map((row) => [
    ...workOf(row),
    shown(row.dollarsPerMillionTasks, 3),
    shown(row.fixedDollarsPerRequest * MILLION, 2),
    ...[row.writeUnitsPerTask, row.readUnitsPerTask, row.writeUnitsPerRequest].map((units) => shown(units, 3)),
    shown(row.lambdaDurationDollarsPerMillionTasks, 3),
    shown(row.seconds),
  ]),
});

const services = (rows: readonly Row[]): Table => ({
  title: 'dollars per million tasks, by service',
  columns: [...WORK, ...Object.keys(rows[0]?.services ?? {})],
  rows: rows.map((row) => [...workOf(row), ...Object.values(row.services).map((dollars) => shown(dollars, 3))]),
});

const targets = (rows: readonly Row[]): Table => ({
  title: 'targets, for results of 200 bytes',
  columns: ['what', 'at most', 'measured', ''],
  rows: checkTargets(rows).map(({ what, limit, measured, isMet }) => [
    ...[what, limit, shown(measured, 3)],
    isMet ? 'met' : 'MISSED',
  ]),
});

/** The largest size stands for all: only durable functions cost more beyond what one execution takes. */
const elsewhere = (peers: readonly Peer[]): Table => ({
  title: 'the same work elsewhere, by formula, without Lambda duration',
  columns: ['system', 'tasks', 'bytes', '$/M tasks', '$/M requests', 'formula', 'source'],
  rows: largest(peers).map(
    ({ system, tasks, resultBytes, dollarsPerMillionTasks, fixedDollarsPerRequest, formula, source, asOf }) => [
      ...[system, tasks, resultBytes, shown(dollarsPerMillionTasks, 2), shown(fixedDollarsPerRequest * MILLION, 1)],
      ...[formula, `${source} (${asOf})`],
    ],
  ),
});

const largest = (peers: readonly Peer[]): Peer[] => peers.filter(({ tasks }) => tasks === peers.at(-1)?.tasks);

const priceTable = (): Table => ({
  title: 'prices, US East (N. Virginia)',
  columns: ['item', '$ per million', 'per', 'as of', 'evidence', 'source'],
  rows: Object.entries({ ...PRICES, ...PEER_PRICES }).map(([item, { dollars, per, asOf, evidence, source }]) => [
    ...[item, String(shown(dollars * MILLION, 6)), per, asOf, evidence, source],
  ]),
});

/** What a benchmark hands back, and its two forms: tables to read, or one JSON document. */
import { availableParallelism, cpus, totalmem } from 'node:os';

type Cell = string | number;

export interface Table {
  readonly title: string;
  /** Units belong into the names of columns. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What a caller may choose of a benchmark. */
export interface Extent {
  /** Requests, instead of as many as the benchmark says, where it counts them. */
  readonly requests?: number;
}

export interface Benchmark {
  /** Measures, and says what it found. Throws if what it measured does not do what it should. */
  run(extent: Extent): Promise<Table[]>;
  readonly question: string;
}

export interface Measured {
  readonly name: string;
  readonly question: string;
  readonly command: string;
  readonly tables: readonly Table[];
}

const MIB = 2 ** 20;

/** What the numbers were taken on. */
export const machine = () => ({
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryMiB: Math.round(totalmem() / MIB),
});

/** The command that repeats the benchmark `name`. */
export const commandOf = (name: string, { requests }: Extent = {}): string =>
  `node test/bench/main.ts ${name}${requests === undefined ? '' : ` --requests ${requests}`}`;

/** Everything as one document; each row of a table becomes an object by its columns. */
export function toJson(measured: readonly Measured[]): string {
  const benchmarks = measured.map(({ tables, ...rest }) => ({
    ...rest,
    tables: tables.map(({ title, columns, rows }) => ({
      title,
      rows: rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]]))),
    })),
  }));
  return `${JSON.stringify({ machine: machine(), benchmarks }, null, 2)}\n`;
}

/** One benchmark as text. */
export function toText({ name, question, command, tables }: Measured): string {
  const { cores, node, cpu, platform } = machine();
  const heading = [`${name}: ${question}`, `  ${cores} cores (${cpu}), node ${node}, ${platform}`, `  $ ${command}`];
  return [heading.join('\n'), ...tables.map(tableText), ''].join('\n\n');
}

function tableText({ title, columns, rows }: Table): string {
  const cells = rows.map((row) => row.map(cellText));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const isNumber = columns.map((_, index) => rows.every((row) => typeof row[index] === 'number'));
  const line = (row: readonly string[]) =>
    row.map((text, index) => (isNumber[index] ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0)));
  return [title, ...[columns, ...cells].map((row) => `  ${line(row).join('  ').trimEnd()}`)].join('\n');
}

const cellText = (cell: Cell): string => (typeof cell === 'number' ? cell.toLocaleString('en') : cell);

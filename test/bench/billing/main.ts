/**
 * What a task costs on AWS: `npm run bench:billing -- [--json] [--tasks 10,100] [--max 10000] [--bytes 200] [--seed 1] [--duplicates]`.
 * Requests run on the local cloud, whose queues hand out what they hold in any order, and its meter says what AWS would bill.
 */
import { type Options, readOptions } from './options.ts';
import { type Peer, peersFor } from './peers.ts';
import { jsonOf, textOf } from './present.ts';
import { type Row, rowsOf } from './rows.ts';
import { synthesizeVariants, VARIANTS } from './variants.ts';

const DUPLICATED = 0.1;
/** What messages that come twice cost is asked of one size: large enough for full batches, small enough to be quick. */
const DUPLICATED_TASKS = 1_000;

const notice = (message: string): void => void process.stderr.write(`bench:billing: ${message}\n`);

async function measure(options: Options): Promise<Row[]> {
  const { assembly, remove } = await synthesizeVariants();
  const rows: Row[] = [];
  const run = async (resultBytes: number, tasks: readonly number[], duplicates: number) => {
    for (const variant of VARIANTS) {
      notice(`${variant.delivery}, ${variant.tasksPerMessage} a message, ${resultBytes} bytes …`);
      rows.push(...(await rowsOf(variant, { assembly, tasks, resultBytes, duplicates, seed: options.seed, notice })));
    }
  };
  try {
    for (const resultBytes of options.bytes) {
      await run(resultBytes, options.tasks, 0);
      if (options.duplicates) await run(resultBytes, [DUPLICATED_TASKS], DUPLICATED);
    }
  } finally {
    remove();
  }
  return rows;
}

const peersOf = ({ tasks, bytes }: Options): Peer[] =>
  bytes.flatMap((resultBytes) => tasks.flatMap((each) => peersFor({ tasks: each, resultBytes })));

try {
  const options = readOptions(process.argv.slice(2));
  const rows = await measure(options);
  const present = options.json ? jsonOf : textOf;
  process.stdout.write(present(rows, peersOf(options)));
} catch (error) {
  notice(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

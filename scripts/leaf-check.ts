/** `npm run leaf:check`: what is wrong with a leaf that runs. `-- --help` names the options. */
import { checkLeaf, type TrialOutcome } from '../conformance/check.ts';
import { httpLeaf } from '../conformance/http-leaf.ts';
import { BadOption, HELP, type Options, readOptions } from '../conformance/options.ts';
import { queueLeaf } from '../conformance/queue-leaf.ts';

const EXIT = { wrong: 1, misused: 2 } as const;
/** How long nothing has to come where nothing may: what comes later is not found, and no answer is taken for one. */
const QUIET_MS = 1_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(options: Options | 'help'): Promise<void> {
  if (options === 'help') return say(HELP.trimEnd());
  const { url, kind, raw, port, job, leaf: name, payload, failing, waitMs, rollCallsOf } = options;
  const leaf = kind === 'queue' ? await queueLeaf(url.href, { raw }) : await httpLeaf(url.href, { raw, port });
  if ('apiUrl' in leaf) say(`the leaf's API is to be ${leaf.apiUrl}`);
  try {
    const outcomes = await checkLeaf(leaf, {
      ...{ letterhead: { job, leaf: name, payload }, waitMs, quietMs: QUIET_MS, onTrial: tell },
      ...(failing ? { failing } : {}),
      ...(rollCallsOf ? { rollCallsOf } : {}),
    });
    const wrong = outcomes.flatMap(({ breaches }) => breaches).length;
    say(wrong === 0 ? 'this leaf keeps to the envelope' : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong`);
    if (wrong > 0) process.exitCode = EXIT.wrong;
  } finally {
    await leaf.close();
  }
}

function tell({ name, breaches }: TrialOutcome): void {
  say(`${breaches.length === 0 ? '✓' : '✗'} ${name}`);
  for (const { rule, what } of breaches) say(`    ${rule}: ${what}`);
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`leaf:check: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = error instanceof BadOption ? EXIT.misused : EXIT.wrong;
}

/** `npm run plan`: how many tasks, sent how, and what to expect. `-- --help` names the options. */
import { writeFileSync } from 'node:fs';
import { BadOption, HELP, type Options, readOptions } from '../planning/options.ts';
import { report } from '../planning/report.ts';
import { svg } from '../planning/svg.ts';
import { plan } from '../shared/core/plan/plan.ts';

/** Of a command that was misused, as of one whose plan does not keep what was asked. */
const EXIT = { broken: 1, misused: 2 } as const;

function main(options: Options): void {
  if (options.help) return void process.stdout.write(HELP);
  const planned = plan(options.question);
  if (options.svg !== undefined) writeSvg(options.svg, svg(planned));
  process.stdout.write(options.json ? `${JSON.stringify(planned, null, 2)}\n` : report(planned, options));
  if (planned.broken.length > 0) process.exitCode = EXIT.broken;
}

function writeSvg(file: string, document: string): void {
  try {
    writeFileSync(file, document);
  } catch (cause) {
    throw new BadOption(`--svg cannot be written: ${(cause as Error).message}`, { cause });
  }
}

try {
  main(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BadOption)) throw error;
  process.stderr.write(`plan: ${error.message}\n`);
  process.exitCode = EXIT.misused;
}

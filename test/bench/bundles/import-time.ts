import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MEASURE = fileURLToPath(new URL('./import-time.mjs', import.meta.url));

/** How long the bundle `file` takes to import in a process that has imported nothing else, in ms. */
export async function importTime(file: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [MEASURE, file], { env: { ...environment } });
  const ms = Number(stdout);
  if (!(ms > 0)) throw new Error(`${file} did not import: ${stdout}`);
  return ms;
}

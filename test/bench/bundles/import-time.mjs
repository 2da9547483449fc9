/** Runs in a process of its own, and prints how long the bundle that is named takes to import, in ms. */
import { pathToFileURL } from 'node:url';

const { href } = pathToFileURL(process.argv[2]);
const from = performance.now();
await import(href);
process.stdout.write(String(performance.now() - from));
process.exit(0);

/** Works on children, and on parents whose children are done. Arguments: the URL of Redis, a prefix, children at a time. */
import { Worker } from 'bullmq';
import { gather, load } from './calibrate.mjs';
import { connect } from './redis.mjs';

const [, , url, prefix, concurrency] = process.argv;
const children = new Worker('tasks', async ({ data }) => load(data), {
  connection: connect(url),
  prefix,
  concurrency: Number(concurrency),
  removeOnComplete: { count: 0 },
});
// Whoever asked looks at a finished parent, so that some are kept.
const parents = new Worker('gatherings', async (job) => gather(Object.values(await job.getChildrenValues())), {
  connection: connect(url),
  prefix,
  removeOnComplete: { count: 100 },
});
await Promise.all([children.waitUntilReady(), parents.waitUntilReady()]);
process.once('disconnect', () => process.exit());
process.send?.('ready');

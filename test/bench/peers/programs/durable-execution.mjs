/**
 * Runs durable executions on the SDK's own local test runner. A task is an item of `map`, whose result is checkpointed with
 * the item's context: a step in it would be a second operation for nothing.
 * Argument: whose wait counts, that of the `caller` of the runner, or that for the `handler` to return.
 */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { answering } from './answering.mjs';
import { gather, load, payloads } from './calibrate.mjs';

const untilHandler = process.argv[2] === 'handler';
let returnedAt = 0;

const durable = withDurableExecution(async (event, context) => {
  const results = await context.map('load', payloads(event), async (_, payload) => load(payload));
  return gather(results.getResults());
});
const handlerFunction = async (event, context) => {
  const output = await durable(event, context);
  returnedAt = performance.now();
  return output;
};

await LocalDurableTestRunner.setupTestEnvironment();

async function answer(payload) {
  const from = performance.now();
  const execution = await new LocalDurableTestRunner({ handlerFunction }).run({ payload });
  const to = untilHandler ? returnedAt : performance.now();
  // Throws the execution's own error unless it has succeeded.
  return { ms: to - from, aggregate: execution.getResult() };
}

answering('local test runner', answer, () => LocalDurableTestRunner.teardownTestEnvironment());

/**
 * Lambda's runtime: runs in an environment's own process, loads the handler once, and answers one invocation at a time.
 * It is JavaScript because every cold start would load the TypeScript stripper first (50 ms and 10 MB, measured).
 * Arguments: the bundle's folder, and the handler as `file.export`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [taskRoot, handlerName] = process.argv.slice(2);
const [file, exportName] = handlerName.split('.');
const send = process.send.bind(process);

let currentRequestId;

// Ctrl-C reaches the whole process group; the cloud ends its environments itself, when it has stopped feeding them.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => dieOf(described(error), 129));
process.on('unhandledRejection', (reason) => {
  const { errorMessage, trace } = described(reason);
  dieOf({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage, trace }, 128);
});

await load().then(
  (handler) => {
    process.on('message', (invocation) => answer(handler, invocation));
    send({ kind: 'ready' });
  },
  (error) => dieOf(initError(error), 1),
);

async function load() {
  const path = ['.mjs', '.js', '.cjs'].map((extension) => join(taskRoot, file + extension)).find(existsSync);
  if (!path) throw Object.assign(new Error(`Cannot find module '${file}'`), { code: 'ERR_MODULE_NOT_FOUND' });
  const handler = (await import(pathToFileURL(path).href))[exportName];
  if (typeof handler !== 'function')
    throw Object.assign(new Error(`${handlerName} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  return handler;
}

async function answer(handler, { requestId, event, deadlineAt, traceId }) {
  currentRequestId = requestId;
  process.env._X_AMZN_TRACE_ID = traceId;
  try {
    const result = await handler(
      typeof event === 'string' ? JSON.parse(event) : event,
      contextOf(requestId, deadlineAt),
    );
    send({ kind: 'succeeded', requestId, payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    send({ kind: 'failed', requestId, error: described(error) });
  }
  currentRequestId = undefined;
}

function contextOf(awsRequestId, deadlineAt) {
  const { env } = process;
  return {
    awsRequestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: `arn:aws:lambda:${env.AWS_REGION}:000000000000:function:${env.AWS_LAMBDA_FUNCTION_NAME}`,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, deadlineAt - Date.now()),
  };
}

function described(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: String(error.stack ?? '').split('\n') };
}

function initError(error) {
  const { errorType, errorMessage, trace } = described(error);
  if (error?.code === 'ERR_MODULE_NOT_FOUND')
    return { errorType: 'Runtime.ImportModuleError', errorMessage: `Error: ${errorMessage}`, trace };
  return { errorType: error instanceof SyntaxError ? 'Runtime.UserCodeSyntaxError' : errorType, errorMessage, trace };
}

/** Says why, and ends once that has been said: an exit at once would lose the message. */
function dieOf(error, exitCode) {
  send({ kind: 'died', requestId: currentRequestId, error }, () => process.exit(exitCode));
}

/** One stack, running: its services, its functions, and what connects them. */
import type { Meter } from './billing/meter.ts';
import { Closers } from './closers.ts';
import { type Delivery, generator, kindDelivery, type Pessimism, pessimisticDelivery } from './delivery.ts';
import type { Emit } from './events.ts';
import { createTables, startDynamoDb } from './services/dynamodb/tables.ts';
import { type HttpApiLimits, httpApi, type Serve } from './services/http-api/api.ts';
import { readRoutes } from './services/http-api/routes.ts';
import { Callers } from './services/intercept.ts';
import { AsyncInvocations, type AsyncLimits, asyncSettings } from './services/lambda/asynchronous.ts';
import { startMappings } from './services/lambda/event-source-mapping.ts';
import type { LambdaFunction } from './services/lambda/function.ts';
import { codeFolder, createFunctions, type FunctionLimits } from './services/lambda/functions.ts';
import { MachineProcessors } from './services/lambda/processors.ts';
import { startMessaging } from './services/messaging.ts';
import { createBuckets } from './services/s3/buckets.ts';
import { startTopics } from './services/sns/topics.ts';
import type { Disorder } from './services/sqs/disorder.ts';
import { createQueues } from './services/sqs/queues.ts';
import type { Assembly } from './template/assembly.ts';
import type { Endpoints } from './template/identity.ts';
import { resolveStack, type Stack } from './template/stack.ts';
import { assertSupported } from './template/support.ts';

export interface Limits extends FunctionLimits, AsyncLimits, HttpApiLimits {
  /** What SNS waits between tries of an HTTP endpoint. */
  readonly httpRetryDelaysMs: readonly number[];
}

export interface StackOptions {
  readonly assembly: Assembly;
  /** Where callers reach the HTTP API. */
  readonly apiUrl: string;
  readonly limits: Limits;
  readonly pessimism?: Pessimism;
  readonly emit: Emit;
  /** Hears of every event, and of every call of a service. */
  readonly meter: Meter;
}

export interface RunningStack {
  readonly stack: Stack;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly callers: Callers;
  readonly serve: Serve;
  /** Lets every function go on with the code of `assembly`, whose template is otherwise the same. */
  swapCode(assembly: Assembly): void;
  close(): Promise<void>;
}

/** Starts everything the template declares. Throws, with nothing left running, if the template cannot be run honestly. */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  assertSupported(options.assembly);
  const closers = new Closers();
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function start(options: StackOptions, closers: Closers): Promise<RunningStack> {
  const { assembly, limits, emit, meter } = options;
  const callers = new Callers();
  const processors = new MachineProcessors();
  // Closed last to first: deliveries stop, environments end, and only then the services that both of them call.
  const dynamodb = await startDynamoDb(callers, meter);
  closers.add(dynamodb.close);
  const messaging = await startMessaging({
    ...{ region: assembly.region, callers, meter, emit, ...disorderOf(options) },
    httpRetryDelaysMs: limits.httpRetryDelaysMs,
  });
  closers.add(messaging.close);
  const endpoints: Endpoints = { messaging: messaging.endpoint, dynamodb: dynamodb.endpoint, api: options.apiUrl };
  const stack = resolveStack(assembly, { stackName: assembly.stackName, region: assembly.region, endpoints });
  const functions = createFunctions({ assembly, stack, callers, limits, processors, emit });
  closers.add(async () => void (await Promise.all([...functions.values()].map((each) => each.close()))));
  const invocations = new AsyncInvocations(asyncSettings(stack, messaging), limits, emit);
  closers.add(() => invocations.close());
  const routes = readRoutes(stack, functions);
  await createTables(dynamodb, stack);
  await createQueues(messaging, stack);
  await createBuckets(messaging, stack);
  const deliveries = { stack, messaging, functions, delivery: deliveryOf(options), limits, processors, emit };
  closers.add(await startTopics({ ...deliveries, invocations }));
  closers.add(startMappings(deliveries));
  return {
    stack,
    functions,
    callers,
    serve: httpApi(routes, limits, emit),
    swapCode: (next) => swapCode(stack, functions, next),
    close: () => closers.close(),
  };
}

function deliveryOf({ pessimism, emit }: StackOptions): Delivery {
  return pessimism ? pessimisticDelivery(pessimism, emit) : kindDelivery;
}

function disorderOf({ pessimism }: StackOptions): { readonly disorder?: Disorder } {
  if (!pessimism?.disorder) return {};
  return { disorder: { ...pessimism.disorder, random: generator(pessimism.seed) } };
}

function swapCode(stack: Stack, functions: ReadonlyMap<string, LambdaFunction>, assembly: Assembly): void {
  for (const { logicalId } of stack.ofType('AWS::Lambda::Function')) {
    const properties = assembly.template.Resources[logicalId]?.Properties ?? {};
    functions.get(logicalId)?.swapCode(codeFolder({ logicalId, properties }, assembly));
  }
}

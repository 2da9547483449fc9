/** The cloud on a laptop, as a library: `npm start` and the tests both begin here. */
import { isDeepStrictEqual } from 'node:util';
import { assemble, type Source } from './assemble.ts';
import { Meter } from './billing/meter.ts';
import type { Usage } from './billing/usage.ts';
import { Closers } from './closers.ts';
import type { Pessimism } from './delivery.ts';
import { type Emit, EventStream } from './events.ts';
import { type Limits, type RunningStack, startStack } from './running-stack.ts';
import { listen } from './services/http-api/listener.ts';
import { INTEGRATION_TIMEOUT_MS } from './services/http-api/routes.ts';
import type { Intercept, Throttle } from './services/intercept.ts';
import { functionVariables } from './services/lambda/functions.ts';
import { type FunctionError, THROTTLED } from './services/lambda/outcome.ts';
import type { Assembly } from './template/assembly.ts';
import type { Resource } from './template/stack.ts';

export interface CloudOptions {
  /** What to run: a project to synthesize, or an assembly that lies there already. */
  readonly source: Source;
  /** 0 picks a free one. */
  readonly port: number;
  readonly limits?: Partial<Limits>;
  /** Delivers some messages twice and late; without it, once and in order. */
  readonly pessimism?: Pessimism;
  readonly onEvent?: Emit;
}

export interface Cloud {
  readonly url: string;
  /** Endpoints for SDK clients; any credentials will do. */
  readonly endpoints: { readonly sqs: string; readonly sns: string; readonly s3: string; readonly dynamodb: string };
  readonly resources: readonly Resource[];
  /** What the stack tells of itself: where requests go, where services subscribe. */
  readonly outputs: Readonly<Record<string, string>>;
  /**
   * The resource whose logical id is `name`, with or without CDK's hash: its `ref` is a queue's URL, a topic's ARN, a table's, bucket's or
   * function's name. Throws unless there is exactly one (of `type`, if given).
   */
  resource(name: string, type?: string): Resource;
  /** The environment variables of a function, for running product code outside it. */
  environment(functionName: string): Record<string, string>;
  /** Invokes a function and waits: what it returned, or the error that Lambda reports. */
  invoke(
    functionName: string,
    event: unknown,
  ): Promise<{ readonly result: unknown } | { readonly error: FunctionError }>;
  /** Kills the environments of a function, whatever they are doing. */
  kill(functionName: string): Promise<void>;
  /** Puts `intercept` between all functions and the services they call, or takes it away. */
  intercept(intercept: Intercept | undefined): void;
  /** Has Lambda throttle the invocations that `throttle` picks, or none. */
  throttle(throttle: Throttle | undefined): void;
  /** Calls `listener` with each event from now on; the returned function ends that. */
  listen(listener: Emit): () => void;
  /** What AWS would bill of everything since the start, reloads included; the difference of two snapshots is what came between. */
  usage(): Usage;
  /** Takes the source as it is now: new code into the running functions, or a new stack (all state is lost) if more has changed. */
  reload(): Promise<'unchanged' | 'new-code' | 'new-stack'>;
  close(): Promise<void>;
}

const DEFAULT_LIMITS: Limits = {
  most: 16,
  patienceMs: 100,
  idleMs: 60_000,
  initTimeoutMs: 10_000,
  retryDelaysMs: [60_000, 120_000],
  // Of SNS, unless a subscription has a policy of its own (SNS developer guide, "Message delivery retries", read November 2026).
  httpRetryDelaysMs: [20_000, 20_000, 20_000],
  throttlePauseMs: 1_000,
  bodyBytes: 10 * 1024 * 1024,
  integrationTimeoutMs: INTEGRATION_TIMEOUT_MS,
};

/** Starts the stack of `source`. Throws a `LocalCloudError`, with nothing left behind, if it cannot. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const closers = new Closers();
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function start(options: CloudOptions, closers: Closers): Promise<Cloud> {
  const events = new EventStream();
  const meter = new Meter();
  events.listen(meter.hear);
  if (options.onEvent) events.listen(options.onEvent);
  const listener = await listen(options.port);
  closers.add(listener.close);
  const assemblies = assemble(options.source);
  closers.add(assemblies.close);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { pessimism } = options;
  const begin = (assembly: Assembly) =>
    startStack({ assembly, apiUrl: listener.url, limits, emit: events.emit, meter, ...(pessimism && { pessimism }) });

  let assembly = await assemblies.next();
  let running = await begin(assembly);
  closers.add(() => running.close());
  closers.add(() => listener.serve(undefined));
  listener.serve(running.serve);

  const reload = async () => {
    const next = await assemblies.next();
    const change = changeBetween(assembly, next);
    if (change === 'new-code') running.swapCode(next);
    if (change === 'new-stack') {
      const begun = await begin(next);
      listener.serve(begun.serve);
      await running.close();
      running = begun;
    }
    assembly = next;
    return change;
  };
  return cloudOf(() => running, {
    url: listener.url,
    listen: (each) => events.listen(each),
    usage: () => meter.usage(),
    reload,
    close: () => closers.close(),
  });
}

function cloudOf(
  running: () => RunningStack,
  rest: Pick<Cloud, 'url' | 'listen' | 'usage' | 'reload' | 'close'>,
): Cloud {
  const resource = (name: string, type?: string) => onlyResource(running().stack.resources, name, type);
  const lambda = (name: string) => {
    const { logicalId } = resource(name, 'AWS::Lambda::Function');
    const found = running().functions.get(logicalId);
    if (!found) throw new Error(`there is no function ${name}`);
    return found;
  };
  return {
    ...rest,
    get endpoints() {
      const { messaging, dynamodb } = running().stack.naming.endpoints;
      return { sqs: messaging, sns: messaging, s3: messaging, dynamodb };
    },
    get resources() {
      return running().stack.resources;
    },
    get outputs() {
      return running().stack.outputs;
    },
    resource,
    environment: (name) =>
      functionVariables(resource(name, 'AWS::Lambda::Function'), running().stack, 'outside', process.cwd()),
    invoke: async (name, event) => {
      const outcome = await lambda(name).invoke({ event: JSON.stringify(event) });
      if (outcome === 'throttled' || outcome === 'expired') return { error: THROTTLED };
      return 'error' in outcome ? outcome : { result: JSON.parse(outcome.payload) };
    },
    kill: (name) => lambda(name).kill(),
    intercept: (intercept) => {
      running().callers.intercept = intercept;
    },
    throttle: (throttle) => {
      running().callers.throttle = throttle;
    },
  };
}

function onlyResource(resources: readonly Resource[], name: string, type?: string): Resource {
  const ofType = resources.filter((each) => type === undefined || each.type === type);
  const hashed = new RegExp(`^${name}([0-9A-F]{8})?$`);
  const [found, ...others] = ofType.filter(({ logicalId }) => hashed.test(logicalId));
  if (found && others.length === 0) return found;
  const candidates = ofType.map(({ logicalId }) => logicalId).join(', ');
  throw new Error(`${found ? 'more than one resource is' : 'no resource is'} called ${name}; there are ${candidates}`);
}

function changeBetween(before: Assembly, after: Assembly): 'unchanged' | 'new-code' | 'new-stack' {
  if (isDeepStrictEqual(before.template, after.template)) return 'unchanged';
  return isDeepStrictEqual(withoutCode(before), withoutCode(after)) ? 'new-code' : 'new-stack';
}

/** What must stay the same for running functions to go on: everything but where code lies and what CDK notes about itself. */
function withoutCode({ template }: Assembly): object {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type !== 'AWS::CDK::Metadata')
    .map(([logicalId, { Type, Properties: { Code, ...properties } = {}, Condition }]) => ({
      logicalId,
      Type,
      Condition,
      properties: Type === 'AWS::Lambda::Function' ? properties : { Code, ...properties },
    }));
}

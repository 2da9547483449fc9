/** AWS Lambda: the template's functions, each with environments of its own. */
import { existsSync } from 'node:fs';
import type { Emit } from '../../events.ts';
import { LocalCloudError } from '../../failure.ts';
import type { Assembly } from '../../template/assembly.ts';
import { isObject } from '../../template/json.ts';
import type { Resource, Stack } from '../../template/stack.ts';
import type { Callers } from '../intercept.ts';
import { type Environment, startEnvironment } from './environment.ts';
import type { EnvironmentLimits } from './environments.ts';
import { LambdaFunction, type Standing } from './function.ts';
import type { Processors } from './processors.ts';
import { variables } from './variables.ts';

export interface FunctionLimits extends EnvironmentLimits {
  readonly initTimeoutMs: number;
}

export interface FunctionContext {
  readonly assembly: Assembly;
  readonly stack: Stack;
  readonly callers: Callers;
  readonly limits: FunctionLimits;
  readonly processors: Processors;
  readonly emit: Emit;
}

/** Lambda's own default: 128 MB and 3 s (AWS::Lambda::Function, read November 2026). */
const DEFAULT_MEMORY_MB = 128;
const DEFAULT_TIMEOUT_SECONDS = 3;
const NODE_RUNTIME = /^nodejs\d+\.x$/;

/** Every function of the stack by its logical id. Nothing runs until something is invoked. */
export function createFunctions(context: FunctionContext): Map<string, LambdaFunction> {
  return new Map(
    context.stack
      .ofType('AWS::Lambda::Function')
      .map((resource) => [resource.logicalId, createFunction(resource, context)]),
  );
}

/** The folder with the code that `resource` names. Throws unless the assembly holds it. */
export function codeFolder(
  { logicalId, properties }: Pick<Resource, 'logicalId' | 'properties'>,
  assembly: Assembly,
): string {
  const key = isObject(properties.Code) ? String(properties.Code.S3Key) : '';
  const folder = assembly.codeFolder(key);
  if (folder && existsSync(folder)) return folder;
  throw new LocalCloudError('broken-template', `${logicalId}: the assembly holds no code ${key}`);
}

function createFunction(resource: Resource, context: FunctionContext): LambdaFunction {
  const { logicalId, properties, ref, attributes } = resource;
  const { limits } = context;
  if (!NODE_RUNTIME.test(String(properties.Runtime)))
    throw new LocalCloudError(
      'unsupported',
      `${logicalId}: the local cloud runs nodejs functions, not ${properties.Runtime}`,
    );
  const { ReservedConcurrentExecutions: reserved } = properties;
  return new LambdaFunction({
    id: logicalId,
    name: ref,
    arn: attributes.Arn ?? '',
    timeoutMs: Number(properties.Timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
    limits,
    ...(reserved !== undefined && { reserved: Number(reserved) }),
    memoryMb: memoryOf(resource),
    taskRoot: codeFolder(resource, context.assembly),
    start: environmentStarter(resource, context),
    processors: context.processors,
    throttled: () => context.callers.throttle?.(logicalId) ?? false,
    emit: context.emit,
  });
}

function environmentStarter(
  resource: Resource,
  context: FunctionContext,
): (taskRoot: string, standing: Standing) => Environment {
  let started = 0;
  return (taskRoot, standing) => {
    started += 1;
    return launch(resource, context, {
      taskRoot,
      id: `${resource.logicalId}-${started}`,
      niceness: NICENESS[standing],
    });
  };
}

/** Of two processes that both want a processor, one of niceness 10 gets a tenth of what one of 0 gets (Linux, sched(7)). */
const NICENESS: Readonly<Record<Standing, number>> = { asked: 0, queued: 5, backlog: 10 };

function launch(
  resource: Resource,
  context: FunctionContext,
  { taskRoot, id, niceness }: { taskRoot: string; id: string; niceness: number },
): Environment {
  const { logicalId: functionId, properties } = resource;
  const { callers, limits, emit } = context;
  const own = functionVariables(resource, context.stack, id, taskRoot);
  const memoryMb = memoryOf(resource);
  const startedAt = performance.now();
  const environment = startEnvironment({
    id,
    taskRoot,
    handler: String(properties.Handler),
    memoryMb,
    niceness,
    variables: own,
    initTimeoutMs: limits.initTimeoutMs,
    onLine: (stream, line) => emit({ kind: 'log', functionId, environmentId: id, stream, line }),
  });
  const accessKeyId = own.AWS_ACCESS_KEY_ID ?? id;
  callers.add(accessKeyId, { functionId, environmentId: id, kill: () => environment.kill() });
  emit({ kind: 'environment-started', functionId, environmentId: id });
  environment.ready.then(
    () => {
      const initMs = performance.now() - startedAt;
      emit({ kind: 'environment-ready', functionId, environmentId: id, initMs, memoryMb });
    },
    () => undefined,
  );
  void environment.ended.then(() => {
    callers.remove(accessKeyId);
    emit({ kind: 'environment-ended', functionId, environmentId: id });
  });
  return environment;
}

/** The environment variables of `environmentId`, an environment of the function `resource`. Each has credentials of its own. */
export function functionVariables(
  resource: Resource,
  { naming }: Stack,
  environmentId: string,
  taskRoot: string,
): Record<string, string> {
  return variables({
    functionName: resource.ref,
    memoryMb: memoryOf(resource),
    taskRoot,
    handler: String(resource.properties.Handler),
    region: naming.region,
    endpoints: naming.endpoints,
    accessKeyId: `LOCAL${environmentId.toUpperCase()}`,
    environmentId,
    own: ownVariables(resource.properties.Environment),
  });
}

function memoryOf({ properties }: Resource): number {
  return Number(properties.MemorySize ?? DEFAULT_MEMORY_MB);
}

function ownVariables(environment: unknown): Record<string, string> {
  const own = isObject(environment) && isObject(environment.Variables) ? environment.Variables : {};
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, String(value)]));
}

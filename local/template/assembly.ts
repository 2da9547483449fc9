/**
 * Reads what the CDK app wrote: one stack's CloudFormation template and where the code of its functions lies.
 * It knows the cloud assembly's files (manifest, template, asset manifest) and nothing of what the resources mean.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalCloudError, oneLine } from '../failure.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

export interface ResourceDeclaration {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly Condition?: string;
}

export interface Template {
  readonly Parameters?: Readonly<Record<string, { Default?: Json }>>;
  readonly Conditions?: Readonly<Record<string, Json>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: Json }>>;
  readonly Resources: Readonly<Record<string, ResourceDeclaration>>;
}

export interface Assembly {
  readonly stackName: string;
  readonly region: string;
  readonly template: Template;
  /** The folder that was packed as the S3 object `objectKey`; undefined if the assembly has none. */
  codeFolder(objectKey: string): string | undefined;
}

const UNKNOWN_REGION = 'unknown-region';
const DEFAULT_REGION = 'us-east-1';

/** The one stack of the assembly in `folder`. Throws `broken-template` if there is not exactly one, or it cannot be read. */
export function readAssembly(folder: string): Assembly {
  const [stackName, stack] = onlyStack(folder);
  const properties = isObject(stack.properties) ? stack.properties : {};
  const template = readJson(join(folder, String(properties.templateFile)));
  if (!isObject(template.Resources)) throw broken(`${stackName}'s template has no Resources`);
  return {
    stackName,
    region: regionOf(stack),
    template: template as unknown as Template,
    codeFolder: codeFolders(folder, stackName),
  };
}

function onlyStack(folder: string): [string, JsonObject] {
  const { artifacts } = readJson(join(folder, 'manifest.json'));
  const stacks = Object.entries(isObject(artifacts) ? artifacts : {}).filter(
    (entry): entry is [string, JsonObject] => isObject(entry[1]) && entry[1].type === 'aws:cloudformation:stack',
  );
  const [only, ...others] = stacks;
  if (!only || others.length > 0) throw broken(`the app must synthesize one stack, not ${stacks.length}`);
  return only;
}

function regionOf(stack: JsonObject): string {
  const region = String(stack.environment ?? '')
    .split('/')
    .at(-1);
  return region && region !== UNKNOWN_REGION ? region : DEFAULT_REGION;
}

function codeFolders(folder: string, stackName: string): (objectKey: string) => string | undefined {
  const { files } = readJson(join(folder, `${stackName}.assets.json`));
  const folders = new Map<string, string>();
  for (const file of Object.values(isObject(files) ? files : {})) {
    if (!isObject(file) || !isObject(file.source) || !isObject(file.destinations)) continue;
    for (const destination of Object.values(file.destinations))
      if (isObject(destination)) folders.set(String(destination.objectKey), join(folder, String(file.source.path)));
  }
  return (objectKey) => folders.get(objectKey);
}

function readJson(path: string): JsonObject {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isObject(value)) return value;
  } catch (error) {
    throw broken(`${path}: ${oneLine(error)}`);
  }
  throw broken(`${path} does not hold a JSON object`);
}

function broken(message: string): LocalCloudError {
  return new LocalCloudError('broken-template', `broken template: ${message}`);
}

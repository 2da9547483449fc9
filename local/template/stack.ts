/**
 * The template with everything resolved: each resource that exists under the template's conditions, with plain properties and
 * the name it goes by in the local cloud.
 */
import { LocalCloudError } from '../failure.ts';
import type { Assembly, ResourceDeclaration } from './assembly.ts';
import { ACCOUNT, type Identity, identify, type Naming } from './identity.ts';
import { resolve, type Scope, truth } from './intrinsics.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

export interface Resource extends Identity {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
}

export interface Stack {
  readonly naming: Naming;
  /** Every resource, in the template's order. */
  readonly resources: readonly Resource[];
  /** What the stack tells of itself, by name. */
  readonly outputs: Readonly<Record<string, string>>;
  ofType(...types: string[]): Resource[];
  /** The resource whose `Ref` or ARN this is. */
  named(refOrArn: Json | undefined): Resource | undefined;
}

/** Resolves `assembly`'s template, with resources called as `naming` says. */
export function resolveStack(assembly: Assembly, naming: Naming): Stack {
  const scope = new TemplateScope(assembly, naming);
  const resources = Object.entries(assembly.template.Resources)
    .filter(([, { Condition }]) => Condition === undefined || scope.condition(Condition))
    .map(([logicalId, declaration]) => scope.resource(logicalId, declaration));
  const byName = new Map(
    resources.flatMap((each) => [each.ref, ...Object.values(each.attributes)].map((name) => [name, each])),
  );
  return {
    naming,
    resources,
    outputs: Object.fromEntries(
      Object.entries(assembly.template.Outputs ?? {}).map(([name, { Value }]) => [
        name,
        String(resolve(Value, scope, `output ${name}`)),
      ]),
    ),
    ofType: (...types) => resources.filter(({ type }) => types.includes(type)),
    named: (name) => byName.get(String(name)),
  };
}

/** The logical ids that exist under the template's conditions. */
export function existingResources(assembly: Assembly): [string, ResourceDeclaration][] {
  const nowhere = { messaging: '', dynamodb: '', api: '' };
  const scope = new TemplateScope(assembly, {
    stackName: assembly.stackName,
    region: assembly.region,
    endpoints: nowhere,
  });
  return Object.entries(assembly.template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
  );
}

class TemplateScope implements Scope {
  readonly #assembly: Assembly;
  readonly #naming: Naming;
  readonly #identities = new Map<string, Identity>();
  readonly #pseudoParameters: Readonly<Record<string, Json>>;

  constructor(assembly: Assembly, naming: Naming) {
    this.#assembly = assembly;
    this.#naming = naming;
    this.#pseudoParameters = {
      'AWS::AccountId': ACCOUNT,
      'AWS::Region': naming.region,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': naming.stackName,
      'AWS::StackId': `arn:aws:cloudformation:${naming.region}:${ACCOUNT}:stack/${naming.stackName}/local`,
      'AWS::NotificationARNs': [],
    };
  }

  ref(name: string): Json | undefined {
    return (
      this.#pseudoParameters[name] ??
      this.#assembly.template.Parameters?.[name]?.Default ??
      (this.#assembly.template.Resources[name] ? this.#identity(name).ref : undefined)
    );
  }

  attribute(logicalId: string, attribute: string): Json | undefined {
    return this.#assembly.template.Resources[logicalId] ? this.#identity(logicalId).attributes[attribute] : undefined;
  }

  condition(name: string): boolean {
    const expression = this.#assembly.template.Conditions?.[name];
    if (expression === undefined) throw new LocalCloudError('broken-template', `there is no condition ${name}`);
    return truth(expression, this, `condition ${name}`);
  }

  resource(logicalId: string, { Type, Properties = {} }: ResourceDeclaration): Resource {
    const properties = resolve(Properties, this, logicalId);
    return { logicalId, type: Type, properties: isObject(properties) ? properties : {}, ...this.#identity(logicalId) };
  }

  #identity(logicalId: string): Identity {
    const known = this.#identities.get(logicalId);
    if (known) return known;
    const { Type = '', Properties = {} } = this.#assembly.template.Resources[logicalId] ?? {};
    const identity = identify(logicalId, Type, Properties, this.#naming);
    this.#identities.set(logicalId, identity);
    return identity;
  }
}

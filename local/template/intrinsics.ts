/**
 * CloudFormation's intrinsic functions, as far as CDK emits them. Anything else that looks like one is refused by name:
 * a value left unresolved would surface much later as a strange name in some function's environment.
 */
import { LocalCloudError } from '../failure.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** What names mean where a value stands. `undefined` says that there is no such name. */
export interface Scope {
  ref(name: string): Json | undefined;
  attribute(logicalId: string, attribute: string): Json | undefined;
  condition(name: string): boolean;
}

/** Stands for `AWS::NoValue`: the property or list element is as if it had not been written. */
const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = Json | typeof NO_VALUE;
type Intrinsic = (argument: Json, scope: Scope, at: string) => Resolved;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope, at) => (name === 'AWS::NoValue' ? NO_VALUE : found(scope.ref(String(name)), `Ref ${name}`, at)),
  'Fn::GetAtt': getAttribute,
  'Fn::Join': (argument, scope, at) => {
    const [delimiter, parts] = list(argument, 2, 'Fn::Join', at);
    return list(resolve(parts ?? null, scope, at), 0, 'Fn::Join', at).join(String(delimiter));
  },
  'Fn::Select': (argument, scope, at) => {
    const [index, values] = list(argument, 2, 'Fn::Select', at);
    const chosen = list(resolve(values ?? null, scope, at), 0, 'Fn::Select', at)[Number(index)];
    return found(chosen, `Fn::Select ${index}`, at);
  },
  'Fn::Split': (argument, scope, at) => {
    const [delimiter, text] = list(argument, 2, 'Fn::Split', at);
    return String(resolve(text ?? null, scope, at)).split(String(delimiter));
  },
  'Fn::Sub': substitute,
  'Fn::If': (argument, scope, at) => {
    const [name, yes, no] = list(argument, 3, 'Fn::If', at);
    return resolveOrDrop((scope.condition(String(name)) ? yes : no) ?? null, scope, at);
  },
  'Fn::Equals': (argument, scope, at) => {
    const [left, right] = list(argument, 2, 'Fn::Equals', at);
    return JSON.stringify(resolve(left ?? null, scope, at)) === JSON.stringify(resolve(right ?? null, scope, at));
  },
  'Fn::Not': (argument, scope, at) => !truth(list(argument, 1, 'Fn::Not', at)[0] ?? null, scope, at),
  'Fn::And': (argument, scope, at) => list(argument, 0, 'Fn::And', at).every((each) => truth(each, scope, at)),
  'Fn::Or': (argument, scope, at) => list(argument, 0, 'Fn::Or', at).some((each) => truth(each, scope, at)),
};

/** `value` with every intrinsic function replaced by what it yields; `at` names the place in error messages. */
export function resolve(value: Json, scope: Scope, at: string): Json {
  const resolved = resolveOrDrop(value, scope, at);
  if (resolved === NO_VALUE) throw broken(at, 'AWS::NoValue stands where a value is needed');
  return resolved;
}

/** What a condition's expression says. Only here does `Condition` refer to another: IAM statements have one of their own. */
export function truth(expression: Json, scope: Scope, at: string): boolean {
  const named = isObject(expression) ? expression.Condition : undefined;
  return typeof named === 'string' ? scope.condition(named) : resolve(expression, scope, at) === true;
}

function resolveOrDrop(value: Json, scope: Scope, at: string): Resolved {
  if (Array.isArray(value))
    return value.map((each) => resolveOrDrop(each, scope, at)).filter((each) => each !== NO_VALUE);
  if (!isObject(value)) return value;
  const [name, argument] = onlyEntry(value) ?? [];
  if (name === undefined || argument === undefined || !looksIntrinsic(name)) return resolveObject(value, scope, at);
  const intrinsic = INTRINSICS[name];
  if (!intrinsic) throw new LocalCloudError('unsupported', `${at}: the local cloud does not know ${name}`);
  return intrinsic(argument, scope, at);
}

function resolveObject(value: JsonObject, scope: Scope, at: string): JsonObject {
  const resolved: JsonObject = {};
  for (const [key, each] of Object.entries(value)) {
    const result = resolveOrDrop(each, scope, at);
    if (result !== NO_VALUE) resolved[key] = result;
  }
  return resolved;
}

function looksIntrinsic(name: string): boolean {
  return name === 'Ref' || name.startsWith('Fn::');
}

function onlyEntry(value: JsonObject): [string, Json] | undefined {
  const entries = Object.entries(value);
  return entries.length === 1 ? entries[0] : undefined;
}

function getAttribute(argument: Json, scope: Scope, at: string): Json {
  const [logicalId, ...attribute] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
  const path = attribute.join('.');
  return found(scope.attribute(logicalId ?? '', path), `Fn::GetAtt ${logicalId}.${path}`, at);
}

function substitute(argument: Json, scope: Scope, at: string): Json {
  const [text, own] = Array.isArray(argument) ? argument : [argument, {}];
  const variables = isObject(own) ? own : {};
  return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    const variable = variables[name];
    if (variable !== undefined) return String(resolve(variable, scope, at));
    return String(name.includes('.') ? getAttribute(name, scope, at) : resolve({ Ref: name }, scope, at));
  });
}

function list(value: Json, length: number, name: string, at: string): Json[] {
  if (Array.isArray(value) && value.length >= length) return value;
  throw broken(at, `${name} needs a list${length > 0 ? ` of ${length}` : ''}`);
}

function found(value: Json | undefined, what: string, at: string): Json {
  if (value === undefined) throw broken(at, `${what} names nothing in this template`);
  return value;
}

function broken(at: string, message: string): LocalCloudError {
  return new LocalCloudError('broken-template', `${at}: ${message}`);
}

/**
 * dynalite 4.0.0 parses every expression of every call by a grammar, which takes a third of the call's time, and the texts are
 * always the same few. So what a text says is remembered, with stand-ins where the call's values were; a further call gets a
 * copy with its own. To go when dynalite remembers texts itself.
 */
import conditions from 'dynalite/db/conditionParser.js';
import projections from 'dynalite/db/projectionParser.js';
import updates from 'dynalite/db/updateParser.js';

/** What a parser of dynalite's is told about the call. It strikes out the names and values that the text uses. */
interface Context {
  readonly attrNames?: Readonly<Record<string, string>>;
  readonly attrVals?: Readonly<Record<string, object>>;
  readonly unusedAttrNames: Record<string, true>;
  readonly unusedAttrVals: Record<string, true>;
  readonly isKeyCondition?: boolean;
}

/** What the text says, or a message of what is wrong with it. Throws if it is no expression at all. */
export type Parse = (text: string, options: { readonly context: Context }) => unknown;
type Values = Readonly<Record<string, object>>;

/** What was read of a text, and which names and values it uses. */
interface Remembered {
  readonly usedNames: readonly string[];
  readonly usedValues: readonly string[];
  with(values: Values): unknown;
}

/** What these say depends on the values themselves, and not on their types alone. */
const JUDGES_VALUES = /between|attribute_type/i;
/** More than any application has; one that makes up new texts for each call has them parsed. */
const MOST_TEXTS = 1_000;

/** Lets the parsers of all dynalites in this process remember. */
export function rememberExpressions(): void {
  for (const parser of [conditions, projections, updates])
    if (!remembering.has(parser.parse)) parser.parse = remembered(parser.parse);
}

const remembering = new WeakSet<Parse>();

/** `parse`, asked once for each text, its names, and its values' types; what is wrong with a text it says each time. */
export function remembered(parse: Parse): Parse {
  const known = new Map<string, Remembered>();
  const recalling: Parse = (text, options) => {
    const { context } = options;
    const key = keyOf(text, context);
    const found = known.get(key) ?? read(parse, text, context);
    if (!found) return parse(text, options);
    if (known.size < MOST_TEXTS) known.set(key, found);
    for (const name of found.usedNames) delete context.unusedAttrNames[name];
    for (const name of found.usedValues) delete context.unusedAttrVals[name];
    return found.with(context.attrVals ?? {});
  };
  remembering.add(recalling);
  return recalling;
}

function keyOf(text: string, { attrNames, attrVals = {}, isKeyCondition }: Context): string {
  const types = Object.keys(attrVals).map((name) => [name, typeOf(attrVals[name])]);
  return JSON.stringify([text, attrNames, types, isKeyCondition]);
}

/** A value has one member, which is called what its type is. */
const typeOf = (value = {}): string => Object.keys(value)[0] ?? '';

function read(parse: Parse, text: string, context: Context): Remembered | undefined {
  if (JUDGES_VALUES.test(text)) return undefined;
  const { attrNames = {}, attrVals = {} } = context;
  const standIns = Object.fromEntries(
    Object.entries(attrVals).map(([name, value]) => [name, { [typeOf(value)]: name }]),
  );
  const unused = { unusedAttrNames: allOf(attrNames), unusedAttrVals: allOf(attrVals) };
  const said = attempt(() => parse(text, { context: { ...context, ...unused, attrVals: standIns } }));
  if (typeof said !== 'object' || said === null) return undefined;
  const names = new Map<unknown, string>(Object.entries(standIns).map(([name, standIn]) => [standIn, name]));
  return {
    usedNames: Object.keys(attrNames).filter((name) => !(name in unused.unusedAttrNames)),
    usedValues: Object.keys(attrVals).filter((name) => !(name in unused.unusedAttrVals)),
    with: (values) => copy(said, (part) => values[names.get(part) ?? '']),
  };
}

const allOf = (members: object): Record<string, true> =>
  Object.fromEntries(Object.keys(members).map((name) => [name, true]));

function attempt(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

/** A deep copy, since dynalite changes what it was given; `instead` yields what is to take the place of a part. */
function copy(part: unknown, instead: (part: object) => object | undefined): unknown {
  if (typeof part !== 'object' || part === null) return part;
  const other = instead(part);
  if (other) return other;
  if (Array.isArray(part)) return part.map((each) => copy(each, instead));
  const copied = Object.create(Object.getPrototypeOf(part));
  for (const [name, member] of Object.entries(part)) copied[name] = copy(member, instead);
  return copied;
}

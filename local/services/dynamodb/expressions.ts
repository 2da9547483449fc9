/**
 * dynalite 4.0.0 parses every expression of every call by a grammar, which takes a third of the call's time, and the texts are
 * always the same few. So what a text says is remembered, with stand-ins where the call's names and values were; a further call
 * gets a copy with its own. To go when dynalite remembers texts itself.
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

/** What was read of a text, and which names and values it uses. */
interface Remembered {
  readonly usedNames: readonly string[];
  readonly usedValues: readonly string[];
  /** Names that the text says itself. */
  readonly literals: ReadonlySet<string>;
  with(names: Names, values: Values): unknown;
}
type Names = Readonly<Record<string, string>>;
type Values = Readonly<Record<string, object>>;

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

/** `parse`, asked once for each text and its values' types; what is wrong with a text it says each time. */
export function remembered(parse: Parse): Parse {
  const known = new Map<string, Remembered>();
  const recalling: Parse = (text, options) => {
    const { context } = options;
    const { attrNames = {}, attrVals = {}, unusedAttrNames, unusedAttrVals } = context;
    const key = keyOf(text, context);
    const found = known.get(key) ?? read(parse, text, context);
    if (!found || !areOrdinary(attrNames, found.literals)) return parse(text, options);
    if (known.size < MOST_TEXTS) known.set(key, found);
    for (const name of found.usedNames) delete unusedAttrNames[name];
    for (const name of found.usedValues) delete unusedAttrVals[name];
    return found.with(attrNames, attrVals);
  };
  remembering.add(recalling);
  return recalling;
}

function keyOf(text: string, { attrNames = {}, attrVals = {}, isKeyCondition }: Context): string {
  const types = Object.keys(attrVals).map((name) => [name, typeOf(attrVals[name])]);
  return JSON.stringify([text, Object.keys(attrNames), types, isKeyCondition]);
}

/** A value has one member, which is called what its type is. */
const typeOf = (value = {}): string => Object.keys(value)[0] ?? '';

/** Whether each name is another's, as their stand-ins are: paths that are one or overlap are refused. */
function areOrdinary(names: Names, literals: ReadonlySet<string>): boolean {
  const all = Object.values(names);
  return new Set(all).size === all.length && all.every((name) => name !== '' && !literals.has(name));
}

const LITERAL = /(?<![#:\w])[a-z_]\w*/gi;

function read(parse: Parse, text: string, context: Context): Remembered | undefined {
  if (JUDGES_VALUES.test(text)) return undefined;
  const { attrNames = {}, attrVals = {} } = context;
  const unused = { unusedAttrNames: allOf(attrNames), unusedAttrVals: allOf(attrVals) };
  const standIns = standInsFor(attrNames, attrVals);
  const said = attempt(() => parse(text, { context: { ...context, ...unused, ...standIns } }));
  if (typeof said !== 'object' || said === null) return undefined;
  const standsFor = new Map<object, string>(Object.entries(standIns.attrVals).map(([name, value]) => [value, name]));
  return {
    usedNames: Object.keys(attrNames).filter((name) => !(name in unused.unusedAttrNames)),
    usedValues: Object.keys(attrVals).filter((name) => !(name in unused.unusedAttrVals)),
    literals: new Set(text.match(LITERAL)),
    with: (names, values) => {
      const named = (text: string) => (text.startsWith('#') ? (names[text] ?? text) : text);
      return copy(said, named, (part) => values[standsFor.get(part) ?? '']);
    },
  };
}

/** A name's is what it is called in the text, which no name in a text can be; a value's is of its type. */
function standInsFor(names: Names, values: Values): Pick<Context, 'attrNames' | 'attrVals'> & { attrVals: Values } {
  return {
    attrNames: Object.fromEntries(Object.keys(names).map((name) => [name, name])),
    attrVals: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { [typeOf(value)]: name }])),
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

/** A deep copy, since dynalite changes what it was given, with all texts as `named` has them, and values where they belong. */
function copy(part: unknown, named: (text: string) => string, valueFor: (part: object) => object | undefined): unknown {
  if (typeof part === 'string') return named(part);
  if (typeof part !== 'object' || part === null) return part;
  const value = valueFor(part);
  if (value) return value;
  if (Array.isArray(part)) return part.map((each) => copy(each, named, valueFor));
  const copied = Object.create(Object.getPrototypeOf(part));
  for (const [name, member] of Object.entries(part)) copied[named(name)] = copy(member, named, valueFor);
  return copied;
}

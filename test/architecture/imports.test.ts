/** Who may import whom: the one-way dependencies between the rooms of the tree. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

const PRICES = /^prices\/us-east-1\.json$/;

/** What each room may import: folders of the project, and packages. The room itself is always allowed. */
const RULES: readonly { readonly room: RegExp; readonly may: RegExp }[] = [
  /** Prices are data, in one file, of which the planner and the local cloud's meter know nothing but that. */
  { room: /^shared\/core\/plan\/prices\.ts$/, may: PRICES },
  { room: /^shared\/core\//, may: /^$/ },
  { room: /^shared\/gathering\//, may: /^shared\/core\// },
  { room: /^shared\/scattering\//, may: /^(shared\/(core|gathering)\/|node:crypto$)/ },
  { room: /^shared\/roll-call\//, may: /^shared\/core\// },
  /** Connections to addresses that somebody else chose. */
  { room: /^shared\/net\//, may: /^node:/ },
  { room: /^shared\/http\//, may: /^(shared\/(core|gathering|net)\/|zod|hono(\/|$)|node:)/ },
  {
    room: /^shared\/aws\//,
    may: /^(shared\/(core\/|gathering\/(context|history|one-at-a-time)\.ts|roll-call\/|env\.ts)|@aws-(sdk|lambda-powertools)\/|aws-lambda$|node:)/,
  },
  { room: /^functions\/[\w-]+\/handler\.ts$/, may: /^(shared\/|functions\/|aws-lambda$)/ },
  { room: /^functions\//, may: /^(shared\/(core|gathering|scattering|roll-call|http)\/|aws-lambda$)/ },
  { room: /^jobs\//, may: /^(shared\/(core|net)\/|zod$|node:)/ },
  {
    room: /^infra\//,
    may: /^(shared\/(env\.ts|core\/|http\/routes\.ts)|aws-cdk-lib|cdk-nag|constructs$|esbuild$|node:)/,
  },
  // The one process that wires what functions wire: their handlers, behind a server and pollers of its own.
  {
    room: /^root\//,
    may: /^(functions\/[\w-]+\/handler\.ts$|shared\/(core|aws)\/|shared\/env\.ts$|shared\/http\/(owner|routes|serve)\.ts$|@aws-sdk\/client-sqs$|aws-lambda$|jose$|node:)/,
  },
  { room: /^planning\//, may: /^(shared\/core\/|node:)/ },
  // It tries leaves from outside: it knows the envelope, and nothing of what makes or takes one here.
  { room: /^conformance\//, may: /^(shared\/core\/|@aws-sdk\/client-sqs$|node:)/ },
  // What a service of somebody's own uses: how tasks are answered is the leaves' own code.
  {
    room: /^service\//,
    may: /^(shared\/(core|aws)\/|functions\/leaf\/answer(ed)?\.ts|@aws-sdk\/client-(sns|sqs)$|node:)/,
  },
  { room: /^local\/billing\/prices\.ts$/, may: PRICES },
  // It runs the code that is deployed but for handlers and adapters, so that nothing in it waits, fails or chooses for real.
  {
    room: /^simulation\//,
    may: /^(shared\/(core|gathering)\/|functions\/[\w-]+\/(?!handler\.ts)|aws-lambda$|node:(assert\/strict|crypto|util)$)/,
  },
  { room: /^local\//, may: /^(fauxqs$|dynalite(\/(db|validations)\/\w+\.js)?$|fastify$|node:)/ },
];

/** A folder that may import itself and nothing beside it: one function, one job. */
const closedFolder = (file: string): string => /^(functions|jobs)\/[^/]+\//.exec(file)?.[0] ?? `${dirname(file)}/`;

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : specifier,
  );
}

/** Rooms that are one: whatever is in them may import all of it. */
const ROOM = '(infra|local|planning|root|simulation|conformance|service)';

const files = globSync('{shared,functions,jobs,infra,local,planning,root,simulation,conformance,service}/**/*.ts', {
  cwd: root,
});

describe('the rooms of the tree', () => {
  it('holds files to check', () => expect(files.length).toBeGreaterThan(50));

  it.each(files)('%s imports only what its room may', (file) => {
    const rule = RULES.find(({ room }) => room.test(file));
    const own = new RegExp(`^(shared/[\\w-]+|${ROOM})/`).exec(file)?.[0] ?? closedFolder(file);
    const forbidden = importsOf(file).filter(
      (imported) => !imported.startsWith(own) && (rule ? !rule.may.test(imported) : true),
    );
    expect(forbidden).toEqual([]);
  });

  it.each(files.filter((file) => file.startsWith('functions/')))('%s imports no other function', (file) => {
    const foreign = importsOf(file).filter(
      (imported) => imported.startsWith('functions/') && !imported.startsWith(closedFolder(file)),
    );
    expect(foreign).toEqual([]);
  });

  it.each(files.filter((file) => file.endsWith('handler.ts') && file.startsWith('functions/')))(
    '%s only wires: 50 lines at most',
    (file) => expect(readFileSync(join(root, file), 'utf8').split('\n').length).toBeLessThanOrEqual(50),
  );
});

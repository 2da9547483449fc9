/** dynalite ships no types; this is what is used of it. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    readonly createTableMs: number;
    readonly deleteTableMs: number;
    readonly updateTableMs: number;
  }

  const dynalite: (options: Options) => Server;
  export = dynalite;
}

declare module 'dynalite/db/index.js' {
  const db: {
    /** Makes what a dynalite keeps its tables in. */
    create(options: object): object;
    /** The units of reading or writing `item`; those of nothing, one. */
    capacityUnits(item: object | undefined, isRead: boolean, isConsistent?: boolean): number;
  };
  export = db;
}

declare module 'dynalite/db/*Parser.js' {
  const parser: { parse: import('./expressions.ts').Parse };
  export = parser;
}

declare module 'dynalite/validations/index.js' {
  const validations: {
    /** The members of `sent` that the action knows. Throws what is refused, as do the others. */
    checkTypes(sent: object, types: object): object;
    checkValidations(data: object, types: object, custom: unknown, store: object): void;
  };
  export = validations;
}

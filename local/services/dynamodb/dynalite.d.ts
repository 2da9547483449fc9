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
  /** The units of reading or writing `item`; those of nothing, one. */
  export function capacityUnits(item: object | undefined, isRead: boolean, isConsistent?: boolean): number;
}

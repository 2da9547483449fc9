/** Connections to addresses that callers chose: what a name resolves to is checked by the connection that then uses it. */
import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Resolves a name to all of its addresses, as `dns.lookup` does with `all`. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Looks a name up as it is connected to, so that no other answer can come in between; one bad address spoils them all.
 * A host that is an address is never looked up: whoever lets those be named checks them too.
 */
export const guardedLookup =
  (mayConnect: (address: LookupAddress) => boolean, resolve: Resolve = lookup): LookupFunction =>
  (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return done(error ?? new Error('the host has no address'), '');
      if (!addresses.every(mayConnect)) return done(new AddressNotPublicError(), '');
      if (options.all) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };

/** A name has an address that may not be connected to. Which one is not said: it would tell of a private network. */
export class AddressNotPublicError extends Error {
  constructor() {
    super('the host has an address that is not public');
  }
}

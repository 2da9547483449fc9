/** How every SDK client is made: endpoints and credentials from the standard environment variables alone. */

/** Tries of one call: what is throttled slows a request by the SDK's own backoff, and loses nothing. */
export const CLIENT_OPTIONS = { maxAttempts: 6, cacheMiddleware: true } as const;

/** The client without the SDK's log of each call, whose lines are made up for nobody: a tenth of what a small call costs (decision 57). */
export function unlogged<Client extends { readonly middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

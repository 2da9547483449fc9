/** How every SDK client is made: endpoints and credentials from the standard environment variables alone. */

/** Tries of one call: what is throttled slows a request by the SDK's own backoff, and loses nothing. */
export const CLIENT_OPTIONS = { maxAttempts: 6, cacheMiddleware: true } as const;

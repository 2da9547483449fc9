import { Redis } from 'ioredis';

/** BullMQ waits on its connections without an end, so that none may give up a call. */
export const connect = (url) => new Redis(url, { maxRetriesPerRequest: null });

/** The version of the server at `url`. Throws where there is none. */
export async function versionOf(url) {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null });
  client.on('error', () => undefined);
  await client.connect().catch(() => {
    throw new Error(`no Redis answers at ${new URL(url).host}`);
  });
  const server = await client.info('server');
  client.disconnect();
  return /^redis_version:(\S+)/m.exec(server)?.[1];
}

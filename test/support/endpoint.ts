/** An endpoint of somebody's own on loopback, which remembers what is posted to it. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Posted {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Endpoint {
  readonly url: string;
  readonly posted: readonly Posted[];
  /** The post that `picks` makes something of, past or future. */
  seen<Picked>(picks: (posted: Posted) => Picked | undefined): Promise<Picked>;
}

/** Listens until the test is over; answers each post with what `status` says of it. */
export async function endpointForTest(status: (posted: Posted) => number = () => 200): Promise<Endpoint> {
  const posted: Posted[] = [];
  const listeners = new Set<(each: Posted) => void>();
  const server = createServer(async (request, response) => {
    const each = { path: request.url ?? '', headers: request.headers, body: await text(request) };
    posted.push(each);
    response.writeHead(status(each)).end();
    for (const listener of listeners) listener(each);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    seen: (picks) =>
      new Promise((resolve) => {
        const look = (each: Posted) => {
          const picked = picks(each);
          if (picked === undefined) return;
          listeners.delete(look);
          resolve(picked);
        };
        listeners.add(look);
        for (const each of [...posted]) look(each);
      }),
  };
}

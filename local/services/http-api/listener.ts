/** The one port that callers know. It outlives what is served behind it, so that a changed stack keeps its address. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalCloudError } from '../../failure.ts';
import type { Serve } from './api.ts';
import { INTERNAL_ERROR, UNAVAILABLE } from './response.ts';

export interface Listener {
  readonly url: string;
  /** Answers requests with `serve` from now on; with nothing, every request is answered 503. */
  serve(serve: Serve | undefined): void;
  close(): Promise<void>;
}

/** Listens on loopback. Throws `port-taken` if somebody else does. */
export async function listen(port: number): Promise<Listener> {
  let current: Serve | undefined;
  const server = createServer((request, response) => void respond(current, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(port, error)));
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (serve) => {
      current = serve;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function respond(serve: Serve | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A caller may hang up in the middle of its body: then there is nobody to tell.
  const answer = serve ? await serve(request).catch(() => INTERNAL_ERROR) : UNAVAILABLE;
  if (response.destroyed) return;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.writeHead(answer.statusCode, { 'content-length': Buffer.byteLength(answer.body) });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

function listenFailure(port: number, error: NodeJS.ErrnoException): LocalCloudError {
  const reason =
    error.code === 'EADDRINUSE'
      ? 'is taken: stop what listens there, or set PORT'
      : `cannot be listened on: ${error.message}`;
  return new LocalCloudError('port-taken', `port ${port} ${reason}`, { cause: error });
}

import type { FunctionError } from './services/lambda/outcome.ts';

/** What happens in the local cloud, for the command to print and for tests to wait on. */
export type CloudEvent =
  | {
      readonly kind: 'log';
      readonly functionId: string;
      readonly environmentId: string;
      readonly stream: 'stdout' | 'stderr';
      readonly line: string;
    }
  | { readonly kind: 'environment-started'; readonly functionId: string; readonly environmentId: string }
  | {
      readonly kind: 'environment-ready';
      readonly functionId: string;
      readonly environmentId: string;
      readonly initMs: number;
      readonly memoryMb: number;
    }
  | { readonly kind: 'environment-ended'; readonly functionId: string; readonly environmentId: string }
  | {
      readonly kind: 'invocation-ended';
      readonly functionId: string;
      readonly requestId: string;
      readonly memoryMb: number;
      /** How long the handler ran; absent if it never did. */
      readonly durationMs?: number;
      readonly error?: FunctionError;
    }
  /** An asynchronous invocation was accepted, with an event of so many bytes. */
  | { readonly kind: 'event-accepted'; readonly functionId: string; readonly bytes: number }
  /** The HTTP API answered, with a function's words or its own; sizes are those of the bodies. */
  | {
      readonly kind: 'api-called';
      readonly routeKey: string;
      readonly requestBytes: number;
      readonly responseBytes: number;
    }
  | { readonly kind: 'duplicated'; readonly functionId: string; readonly messageId: string }
  | { readonly kind: 'notice'; readonly message: string };

export type Emit = (event: CloudEvent) => void;

/** Hands every event to every listener, in the order they came. */
export class EventStream {
  readonly #listeners = new Set<Emit>();

  readonly emit: Emit = (event) => {
    for (const listener of this.#listeners) listener(event);
  };

  /** Calls `listener` with each event from now on; the returned function ends that. */
  listen(listener: Emit): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

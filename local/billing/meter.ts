/**
 * Counts what AWS would bill of everything that runs here. Lambda, the API and logs are read off the cloud's events; calls of
 * services are handed over by whoever serves them.
 */
import type { CloudEvent, Emit } from '../events.ts';
import { apiUnits, extraEventUnits } from './units.ts';
import { type Item, keyOf, type Usage, type UsageLine } from './usage.ts';

export class Meter {
  readonly #lines = new Map<string, UsageLine>();

  add(item: Item, subject: string, amount: number): void {
    if (amount <= 0) return;
    const key = keyOf({ item, subject });
    this.#lines.set(key, { item, subject, amount: (this.#lines.get(key)?.amount ?? 0) + amount });
  }

  /** Everything counted so far. What is under way counts when it has ended. */
  usage(): Usage {
    return [...this.#lines.values()];
  }

  /** Counts what an event says was used. */
  readonly hear: Emit = (event: CloudEvent) => {
    if (event.kind === 'log') this.#logged(event);
    if (event.kind === 'api-called') this.add('api-requests', event.routeKey, apiUnits(event));
    if (event.kind === 'event-accepted') {
      this.add('sns-deliveries', event.functionId, 1);
      this.add('lambda-requests', `${event.functionId} large events`, extraEventUnits(event.bytes));
    }
    if (event.kind === 'environment-ready') this.#ran(`${event.functionId} init`, event.initMs, event.memoryMb);
    if (event.kind === 'invocation-ended' && event.durationMs !== undefined) {
      this.add('lambda-requests', event.functionId, 1);
      this.#ran(event.functionId, event.durationMs, event.memoryMb);
    }
  };

  #ran(subject: string, durationMs: number, memoryMb: number): void {
    this.add('lambda-gb-seconds', subject, (Math.ceil(durationMs) / 1_000) * (memoryMb / 1_024));
  }

  #logged({ functionId, line }: CloudEvent & { readonly kind: 'log' }): void {
    const isMetrics = line.startsWith('{') && line.includes('"_aws":{');
    this.add(isMetrics ? 'emf-bytes' : 'log-bytes', functionId, Buffer.byteLength(line));
  }
}

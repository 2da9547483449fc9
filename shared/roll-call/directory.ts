/**
 * Where instances are reached, by what they said at their last roll-call. A service's census is recalled for a moment; whoever is not
 * in it is looked up once more, since they may just have come.
 */
import type { Clock } from '../core/ports/runtime.ts';
import { type Census, isGone } from '../core/roll-call/census.ts';
import type { CensusStore, InstanceDirectory } from '../core/roll-call/ports.ts';

/** How long a census is believed, in ms. */
const RECALLED_MS = 5_000;

export function createDirectory(census: Pick<CensusStore, 'read'>, clock: Pick<Clock, 'now'>): InstanceDirectory {
  const recalled = new Map<string, { readonly at: number; readonly census: Promise<Census> }>();
  const recall = (service: string): Promise<Census> => {
    const known = recalled.get(service);
    if (known && clock.now() - known.at < RECALLED_MS) return known.census;
    const read = census.read(service);
    read.catch(() => recalled.delete(service));
    recalled.set(service, { at: clock.now(), census: read });
    return read;
  };
  return {
    async find(service, instanceId) {
      const known = addressIn(await recall(service), instanceId);
      if (known) return { address: known };
      recalled.delete(service);
      const address = addressIn(await recall(service), instanceId);
      return address ? { address } : 'unknown';
    },
  };
}

function addressIn({ members }: Census, instanceId: string): string | undefined {
  const member = members.get(instanceId);
  return member && !isGone(member) ? member.address : undefined;
}

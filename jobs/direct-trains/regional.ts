/** What the five regional leaves share: each knows its own services, and answers an enquiry from them. */
import type { Leaf } from '../../shared/core/job.ts';
import type { DirectService, Enquiry, Region, Train } from './train.ts';

/** A place as people type it: no capitals, apostrophes or full stops, single spaces. */
const normalized = (place: string): string => place.toLowerCase().replace(/['’.]/g, '').replace(/\s+/g, ' ').trim();

/** Whether `service` leaves from `place`: a London terminal's CRS code or name, or the city for all of its terminals. */
function leavesFrom(service: DirectService, place: string): boolean {
  const wanted = normalized(place);
  const station = normalized(service.fromStation);
  return wanted === 'london' || wanted === service.fromCrs.toLowerCase() || wanted === station;
}

/** A region's leaf over its own services. A place where no service starts gets an empty list. */
export function regionalLeaf(region: Region, services: readonly DirectService[]): Leaf<Enquiry, Train[]> {
  return ({ from, withinMinutes = Number.POSITIVE_INFINITY }) =>
    services
      .filter((service) => leavesFrom(service, from) && service.typicalMinutes <= withinMinutes)
      .map((service) => ({ region, ...service }));
}

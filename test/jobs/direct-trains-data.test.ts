/** The data files of direct-trains against an independent register of stations, and against what trains can do. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { type DirectService, REGIONS, type Region } from '../../jobs/direct-trains/train.ts';

interface Station {
  readonly stationName: string;
  readonly crsCode: string;
  readonly lat: number;
  readonly long: number;
  readonly constituentCountry: string;
}

const require = createRequire(import.meta.url);
const register: Station[] = require('uk-railway-stations');
const stations = new Map(register.map((station) => [station.crsCode, station]));

const TERMINALS = ['BFR', 'CHX', 'EUS', 'FST', 'KGX', 'LBG', 'LST', 'MOG', 'MYB', 'PAD', 'STP', 'VIC', 'WAT'];

/** Trains from London by operator (2025–26), each with the terminals it uses. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  'Avanti West Coast': ['EUS'],
  c2c: ['FST'],
  'Caledonian Sleeper': ['EUS'],
  'Chiltern Railways': ['MYB'],
  'East Midlands Railway': ['STP'],
  'Elizabeth line': ['PAD', 'LST'],
  'Gatwick Express': ['VIC'],
  'Grand Central': ['KGX'],
  'Great Northern': ['KGX', 'MOG'],
  'Great Western Railway': ['PAD'],
  'Greater Anglia': ['LST'],
  'Heathrow Express': ['PAD'],
  'Hull Trains': ['KGX'],
  LNER: ['KGX'],
  'London Northwestern Railway': ['EUS'],
  Lumo: ['KGX'],
  'South Western Railway': ['WAT'],
  Southeastern: ['CHX', 'STP', 'VIC'],
  Southern: ['VIC', 'LBG'],
  Thameslink: ['STP', 'LBG', 'BFR'],
};

const services = new Map<Region, DirectService[]>();
for (const region of REGIONS)
  services.set(region, require(`../../jobs/direct-trains/data/${region}.json`) as DirectService[]);
const all = [...services].flatMap(([region, rows]) => rows.map((row) => ({ region, ...row })));

const nameOf = (service: DirectService): string => `${service.operator} ${service.fromCrs}–${service.toCrs}`;
const EARTH_RADIUS_KM = 6_371;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance by the haversine formula. */
function kilometresBetween(from: Station, to: Station): number {
  const [fromLat, toLat] = [radians(from.lat), radians(to.lat)];
  const chord =
    Math.sin((toLat - fromLat) / 2) ** 2 +
    Math.cos(fromLat) * Math.cos(toLat) * Math.sin(radians(to.long - from.long) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(chord));
}

function stationOf(crs: string): Station {
  const station = stations.get(crs);
  if (!station) throw new Error(`no station has the code ${crs}`);
  return station;
}

describe('the direct services', () => {
  it('reach at least 150 destinations, each in one region only', () => {
    expect(new Set(all.map(({ toCrs }) => toCrs)).size).toBeGreaterThanOrEqual(150);
    const regionsOf = Map.groupBy(all, ({ toCrs }) => toCrs);
    for (const [crs, rows] of regionsOf) expect(new Set(rows.map(({ region }) => region)).size, crs).toBe(1);
  });

  it.each(REGIONS)('of %s are many, and sorted by destination, origin and operator without a repeat', (region) => {
    const keys = (services.get(region) ?? []).map((row) => [row.toStation, row.fromCrs, row.operator].join('\t'));
    expect(keys.length).toBeGreaterThanOrEqual(20);
    expect(keys).toEqual([...new Set(keys)].sort());
  });

  it('name every station exactly as the register does', () => {
    for (const service of all) {
      expect(stations.get(service.toCrs)?.stationName, nameOf(service)).toBe(service.toStation);
      expect(stations.get(service.fromCrs)?.stationName, nameOf(service)).toBe(service.fromStation);
    }
  });

  it('hold their six fields and nothing else', () => {
    const fields = ['operator', 'fromStation', 'fromCrs', 'toStation', 'toCrs', 'typicalMinutes'];
    for (const { region: _, ...service } of all) expect(Object.keys(service), nameOf(service)).toEqual(fields);
  });

  it('leave from London terminals, with operators that use them', () => {
    expect(new Set(all.map(({ fromCrs }) => fromCrs))).toEqual(new Set(TERMINALS));
    for (const service of all) expect(OPERATORS[service.operator], nameOf(service)).toContain(service.fromCrs);
    expect(new Set(all.map(({ operator }) => operator))).toEqual(new Set(Object.keys(OPERATORS)));
  });

  it('go at 15 to 200 km/h as the crow flies, in whole minutes', () => {
    for (const service of all) {
      const kilometres = kilometresBetween(stationOf(service.fromCrs), stationOf(service.toCrs));
      const speed = (60 * kilometres) / service.typicalMinutes;
      expect(service.typicalMinutes, nameOf(service)).toSatisfy(Number.isInteger);
      expect(speed, nameOf(service)).toBeGreaterThan(15);
      expect(speed, nameOf(service)).toBeLessThan(200);
    }
  });

  it('end in Scotland if and only if they are of the scotland region; in Wales only if of wales-and-western', () => {
    for (const service of all) {
      const country = stationOf(service.toCrs).constituentCountry;
      expect(service.region === 'scotland', nameOf(service)).toBe(country === 'scotland');
      if (country === 'wales') expect(service.region, nameOf(service)).toBe('wales-and-western');
    }
  });
});

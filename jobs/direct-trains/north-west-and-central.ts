import services from './data/north-west-and-central.json' with { type: 'json' };
import { regionalLeaf } from './regional.ts';

export const leaf = regionalLeaf('north-west-and-central', services);

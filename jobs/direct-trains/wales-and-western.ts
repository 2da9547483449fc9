import services from './data/wales-and-western.json' with { type: 'json' };
import { regionalLeaf } from './regional.ts';

export const leaf = regionalLeaf('wales-and-western', services);

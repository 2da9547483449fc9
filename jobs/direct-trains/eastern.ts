import services from './data/eastern.json' with { type: 'json' };
import { regionalLeaf } from './regional.ts';

export const leaf = regionalLeaf('eastern', services);

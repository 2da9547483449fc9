import services from './data/scotland.json' with { type: 'json' };
import { regionalLeaf } from './regional.ts';

export const leaf = regionalLeaf('scotland', services);

import services from './data/southern.json' with { type: 'json' };
import { regionalLeaf } from './regional.ts';

export const leaf = regionalLeaf('southern', services);

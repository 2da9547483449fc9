/** How a command line says how long a task takes. */
import { messageOf } from '../shared/core/errors.ts';
import {
  constant,
  type LeafTime,
  lognormal,
  type Quantile,
  quantiles,
  recorded,
  stragglers,
} from '../shared/core/plan/leaf-time.ts';
import { readHistory } from './history-file.ts';

export const LEAF_FORMS = [
  '250                           every task takes 250 ms',
  'lognormal:200,900             median and 99th percentile',
  'quantiles:0.5=200,0.99=900    straight between those known, ascending',
  'stragglers:200,0.01,4000      one in a hundred takes 4,000 ms',
  'history:FILE[,LEAF]           what a job of yours took, as exported by the command below',
] as const;

/** A history that cannot be taken; the message says why. */
export class BadHistory extends Error {}

/**
 * The distribution that `text` says; undefined where it is none of the forms.
 *
 * @throws BadHistory
 */
export function leafTimeOf(text: string): LeafTime | undefined {
  const [form = '', list] = text.split(/:(.*)/s);
  if (list === undefined) return isTime(numberOf(form)) ? constant(numberOf(form)) : undefined;
  if (form === 'quantiles') return quantilesOf(list);
  if (form === 'history') return historyOf(list);
  const numbers = list.split(',').map(numberOf);
  const [first = Number.NaN, second = Number.NaN, third = Number.NaN] = numbers;
  if (form === 'lognormal' && numbers.length === 2 && isTime(first) && second >= first && isTime(second))
    return lognormal(first, second);
  if (form === 'stragglers' && numbers.length === 3 && isTime(first) && isShare(second) && isTime(third))
    return stragglers(first, second, third);
  return undefined;
}

function historyOf(list: string): LeafTime {
  const [path = '', leaf] = list.split(/,([^,]*)$/);
  const leaves = historyIn(path);
  const names = [...leaves.keys()].toSorted();
  const chosen = leaf ?? (names.length === 1 ? names[0] : undefined);
  const sketch = chosen === undefined ? undefined : leaves.get(chosen);
  if (!sketch) throw new BadHistory(`${path} has the leaves ${names.join(', ')}: name one of them, history:FILE,LEAF`);
  return recorded(sketch);
}

function historyIn(path: string) {
  try {
    return readHistory(path);
  } catch (cause) {
    throw new BadHistory(`${path} is no history: ${messageOf(cause, 200).split('\n')[0]}`, { cause });
  }
}

function quantilesOf(list: string): LeafTime | undefined {
  const known: Quantile[] = list.split(',').map((pair) => {
    const [share = '', ms = ''] = pair.split('=');
    return { share: numberOf(share), ms: numberOf(ms) };
  });
  const rises = known.every(({ share, ms }, index) => {
    const before = known[index - 1] ?? { share: 0, ms: 0 };
    return isShare(share) && isTime(ms) && share > before.share && ms >= before.ms;
  });
  return rises ? quantiles(known) : undefined;
}

const LONGEST_MS = 7 * 24 * 3_600_000;
const isTime = (ms: number): boolean => ms > 0 && ms <= LONGEST_MS;
const isShare = (share: number): boolean => share > 0 && share < 1;

/** NaN for whatever is not a plain decimal number. */
export const numberOf = (text: string): number =>
  /^(\d+(\.\d*)?|\.\d+)(e-?\d+)?$/.test(text) ? Number(text) : Number.NaN;

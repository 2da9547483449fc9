/** Looks for the number of tasks that answers a question best. */
import { LIMITS } from '../limits.ts';
import type { Forecast, Outlook } from './outlook.ts';
import { USUAL_TARGET } from './question.ts';
import { mostTasksForAll } from './reliability.ts';
import { mostRiders } from './shape.ts';

/** Numbers of tasks looked at of each power of ten. */
const PER_DECADE = 12;
/** Where fan-outs meet a limit of their environments. */
const CORNERS = [5, 50, 400, 1_000, 2_000, LIMITS.tasksPerShard] as const;
const MESSAGES = [1, 2, 5, 10, 20, 50, LIMITS.tasksPerMessage] as const;

/** Numbers from 1 to `top`, close together where they are small. */
export function spread(top: number): number[] {
  const steps = Math.ceil(Math.log10(top) * PER_DECADE);
  const even = Array.from({ length: steps + 1 }, (_, step) => Math.min(top, Math.round(10 ** (step / PER_DECADE))));
  return [...new Set([...even, ...CORNERS.filter((corner) => corner < top), top])].toSorted((a, b) => a - b);
}

/** The most tasks there may be, by what is asked of their availability and by what a request may have. */
export function mostTasks({ question, lifted }: Forecast): number {
  const { completion, availability, target } = question;
  const request = lifted.has('tasks-per-request') ? 10 * LIMITS.tasksPerRequest : LIMITS.tasksPerRequest;
  if (completion === 'quorum' || target === undefined || lifted.has('availability')) return request;
  return Math.max(1, Math.min(request, mostTasksForAll(availability, target)));
}

/** Tasks a message that the plan may choose from. */
export function ridersOf({ question, lifted }: Forecast): readonly number[] {
  if (question.tasksPerMessage !== undefined) return [question.tasksPerMessage];
  if (question.freedom !== 'way') return [1];
  const most = lifted.has('message-bytes') ? LIMITS.tasksPerMessage : mostRiders(question);
  return MESSAGES.filter((riders) => riders <= most && riders < 2 * (question.tasks ?? 1));
}

/** The best outlook, or of those that break a limit the one that breaks it least. */
export function bestOf(forecast: Forecast): Outlook {
  const { question } = forecast;
  const top = question.tasks ?? mostTasks(forecast);
  const looks = (tasks: number): Outlook =>
    least(
      ridersOf(forecast).map((riders) => forecast.of(tasks, riders)),
      (outlook) => rank(forecast, outlook),
    );
  if (question.freedom === 'way') return looks(top);
  return narrowed(wideOf(forecast, spread(top), looks), looks, (outlook) => rank(forecast, outlook));
}

/** As far as it may pay to look: no further than where overheads alone take longer than the best so far. */
function wideOf(
  { question, lifted }: Forecast,
  counts: readonly number[],
  look: (tasks: number) => Outlook,
): Outlook[] {
  const { overheadMs, requestMs, freedom, tasksPerMessage = 1 } = question;
  const each = freedom === 'most' || lifted.has('overhead') ? 0 : overheadMs / tasksPerMessage;
  const outlooks: Outlook[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (const tasks of counts) {
    if (requestMs + each * tasks > best) break;
    const outlook = look(tasks);
    outlooks.push(outlook);
    best = Math.min(best, outlook.p99Ms);
  }
  return outlooks;
}

/** From the best of a wide spread to the best of all numbers nearby, in ever smaller steps. */
function narrowed(wide: Outlook[], look: (tasks: number) => Outlook, rankOf: (outlook: Outlook) => number): Outlook {
  let outlooks = wide;
  for (;;) {
    const best = least(outlooks, rankOf);
    const at = outlooks.indexOf(best);
    const [from, to] = [outlooks[at - 1] ?? best, outlooks[at + 1] ?? best].map(({ shape }) => shape.tasks);
    const between = evenly(from ?? 1, to ?? 1).filter((tasks) => !outlooks.some(({ shape }) => shape.tasks === tasks));
    if (between.length === 0) return best;
    outlooks = [...outlooks.slice(Math.max(0, at - 1), at + 2), ...between.map(look)].toSorted(byTasks);
  }
}

const byTasks = (a: Outlook, b: Outlook): number => a.shape.tasks - b.shape.tasks;
const PARTS = 8;
const evenly = (from: number, to: number): number[] => [
  ...new Set(Array.from({ length: PARTS + 1 }, (_, part) => Math.round(from + ((to - from) * part) / PARTS))),
];

function least<Item>(items: readonly Item[], rankOf: (item: Item) => number): Item {
  const ranks = items.map(rankOf);
  return items[ranks.indexOf(Math.min(...ranks))] ?? (items[0] as Item);
}

/** Lower is better: the tail's time, or where more is wanted the number of tasks. Whatever breaks a limit comes after all else. */
function rank(forecast: Forecast, outlook: Outlook): number {
  const { freedom } = forecast.question;
  const broken = brokenBy(forecast, outlook);
  if (broken.includes('dollars')) return BROKEN * (1 + outlook.price.compute + outlook.price.rest);
  if (broken.length > 0) return BROKEN + (freedom === 'most' ? outlook.shape.tasks : outlook.p99Ms);
  return freedom === 'most' ? -outlook.shape.tasks : outlook.p99Ms;
}

/** Above any time and any number of tasks. */
const BROKEN = 1e15;

export type Broken = 'deadline' | 'availability' | 'dollars' | 'leaf-timeout';

/** What an outlook breaks of what is asked. How much time is left of a deadline decides only where more tasks are wanted. */
export function brokenBy(forecast: Forecast, outlook: Outlook, freedom = forecast.question.freedom): Broken[] {
  const { question, lifted } = forecast;
  const { dollars = Number.POSITIVE_INFINITY, target, timeoutMs } = question;
  const { compute, rest } = outlook.price;
  const broken: Record<Broken, boolean> = {
    deadline: freedom === 'most' && (outlook.inTime ?? 1) < (target ?? USUAL_TARGET),
    availability: target !== undefined && outlook.availability < target - 1e-12,
    dollars: compute + rest > dollars,
    'leaf-timeout': outlook.message.quantile(0.99) > timeoutMs,
  };
  return (Object.keys(broken) as Broken[]).filter((name) => broken[name] && !lifted.has(name));
}

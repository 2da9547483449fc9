/** The planner: from what is known of the work and what is wanted of it, to how many tasks, sent how, and what to expect. */
import { MAX_WAIT_MS } from '../limits.ts';
import { CONSTRAINTS, type Constraint, type ConstraintName, constraintOf } from './constraints.ts';
import { Forecast, type Outlook } from './outlook.ts';
import { type Asked, asked, type Freedom, type Question, USUAL_TARGET } from './question.ts';
import { type Roots, rootsFor } from './roots.ts';
import { type Broken, bestOf, brokenBy, mostTasks, spread } from './search.ts';

/** A number of tasks and what to expect of it. Durations in ms, prices in dollars a request. */
export interface Choice {
  readonly tasks: number;
  readonly tasksPerMessage: number;
  readonly messages: number;
  /** Tasks that must succeed. */
  readonly successes: number;
  /** The probability that they do, whenever that is. */
  readonly availability: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The probability of a complete answer by the deadline. */
  readonly inTime?: number;
  readonly dollars: number;
  /** Of it the leaves' compute. */
  readonly computeDollars: number;
}

export interface Hedge {
  /** When to send a message again that is not answered. */
  readonly afterMs: number;
  /** The share of messages that are answered by then. */
  readonly quantile: number;
  /** The share of messages sent twice. */
  readonly extra: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Plan extends Choice {
  readonly freedom: Freedom;
  readonly completion: 'all' | 'quorum';
  /** What keeps it from being better, and how much better it would be without. */
  readonly binds: Constraint & { readonly without?: Choice };
  /** What is asked for and cannot be had. */
  readonly broken: readonly (Broken | 'deadline')[];
  /** Worth it when it takes a twentieth off the tail. */
  readonly hedge?: Hedge;
  /** What a quorum would make of it, where not all tasks are sure enough. */
  readonly quorum?: Choice;
  /** The fewest tasks that meet the deadline, where that is fewer than the fastest. */
  readonly fewest?: Choice;
  /** The roots that carry such requests, if it is asked how many come. */
  readonly roots?: Roots;
  /** Completion against fan-out, ascending, beyond the limit that the availability sets. */
  readonly curve: readonly Pick<Choice, 'tasks' | 'p50Ms' | 'p99Ms'>[];
  /** The question, with what was left out filled in. */
  readonly asked: Asked;
}

/** Plans by formulas: of work to be divided the fan-out whose p99 is least, of tasks as they are the most there may be. */
export function plan(question: Question): Plan {
  const filled = asked(question);
  const forecast = new Forecast(filled);
  const best = bestOf(forecast);
  const binds = bindingOf(forecast, best);
  // As long as nearly all wait at most, and none longer than a call may.
  const roots = rootsFor(filled, best.shape, Math.min(best.p99Ms, MAX_WAIT_MS));
  return {
    ...choiceOf(best),
    freedom: filled.freedom,
    completion: filled.completion,
    binds,
    broken: missedBy(forecast, best),
    ...offers(forecast, best),
    ...(roots && { roots }),
    curve: curveOf(forecast, best, binds),
    asked: filled,
  };
}

const choiceOf = ({ shape, successes, availability, completion, p99Ms, inTime, price }: Outlook): Choice => ({
  ...{ tasks: shape.tasks, tasksPerMessage: shape.tasksPerMessage, messages: shape.messages },
  ...{ successes, availability, p50Ms: completion.quantile(0.5), p99Ms },
  ...(inTime !== undefined && { inTime: inTime * availability }),
  dollars: price.compute + price.rest,
  computeDollars: price.compute,
});

/** A deadline is missed when the answer is not there in time as often as it should be. */
function missedBy(forecast: Forecast, best: Outlook): Plan['broken'] {
  const { target = USUAL_TARGET } = forecast.question;
  const late = best.inTime !== undefined && best.inTime < target;
  return [...new Set([...(late ? (['deadline'] as const) : []), ...brokenBy(forecast, best)])];
}

/** What without which it would be best, if that is a hundredth better; of several about as good the first named. */
function bindingOf(forecast: Forecast, best: Outlook): Plan['binds'] {
  const { question } = forecast;
  const better = CONSTRAINTS.filter((name) => applies(question, name)).map((name) => {
    const without = bestOf(forecast.without(new Set([name])));
    return { name, without, gain: gainOf(question, best, without) };
  });
  const most = Math.max(...better.map(({ gain }) => gain));
  const binding = better.find(({ gain }) => gain >= 0.01 && gain >= 0.9 * most);
  if (!binding) return constraintOf(question, 'leaf-time');
  return { ...constraintOf(question, binding.name), without: choiceOf(binding.without) };
}

const applies = ({ deadlineMs, target, dollars, delivery, freedom }: Asked, name: ConstraintName): boolean =>
  ({
    deadline: deadlineMs !== undefined && freedom === 'most',
    availability: target !== undefined,
    dollars: dollars !== undefined,
    'max-concurrency': delivery.maxConcurrency !== undefined,
  })[name as string] ?? true;

/** The share of the time saved, or of tasks gained. */
const gainOf = ({ freedom }: Asked, best: Outlook, without: Outlook): number =>
  freedom === 'most' ? 1 - best.shape.tasks / without.shape.tasks : 1 - without.p99Ms / best.p99Ms;

function offers(forecast: Forecast, best: Outlook): Pick<Plan, 'hedge' | 'quorum' | 'fewest'> {
  const [hedge, quorum, fewest] = [hedgeOf(forecast, best), quorumOf(forecast, best), fewestOf(forecast, best)];
  return { ...(hedge && { hedge }), ...(quorum && { quorum }), ...(fewest && { fewest }) };
}

/** Quantiles to hedge at: a twentieth of all is what a job's budget allows by default (Dean and Barroso, 2013). */
const HEDGE_AT = [0.95, 0.98, 0.99, 0.995] as const;
const WORTH_HEDGING = 0.95;

function hedgeOf(forecast: Forecast, { shape, message, p99Ms }: Outlook): Hedge | undefined {
  const hedges = HEDGE_AT.map((quantile) => {
    const afterMs = message.quantile(quantile);
    const outlook = forecast.of(shape.tasks, shape.tasksPerMessage, afterMs);
    return {
      afterMs,
      quantile,
      extra: 1 - message.cdf(afterMs),
      p50Ms: outlook.completion.quantile(0.5),
      p99Ms: outlook.p99Ms,
    };
  });
  const best = hedges.reduce((left, right) => (right.p99Ms < left.p99Ms ? right : left));
  return best.p99Ms <= WORTH_HEDGING * p99Ms ? best : undefined;
}

function quorumOf({ question }: Forecast, { availability }: Outlook): Choice | undefined {
  const { completion, target = USUAL_TARGET } = question;
  const free = bestOf(new Forecast({ ...question, completion: 'quorum', target }));
  const isCapped = question.target !== undefined && mostTasks(new Forecast(question)) < free.shape.tasks;
  return completion === 'all' && question.availability < 1 && (isCapped || availability < target)
    ? choiceOf(free)
    : undefined;
}

function fewestOf(forecast: Forecast, best: Outlook): Choice | undefined {
  const { deadlineMs, freedom, target = USUAL_TARGET } = forecast.question;
  if (deadlineMs === undefined || freedom !== 'division') return undefined;
  const isEnough = (outlook: Outlook): boolean =>
    (outlook.inTime ?? 0) >= target && brokenBy(forecast, outlook).length === 0;
  const look = (tasks: number): Outlook => forecast.of(tasks, best.shape.tasksPerMessage);
  let [few, enough] = [0, spread(best.shape.tasks).find((tasks) => isEnough(look(tasks))) ?? best.shape.tasks];
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (isEnough(look(middle))) enough = middle;
    else few = middle;
  }
  return enough < best.shape.tasks ? choiceOf(look(enough)) : undefined;
}

/** Far enough beyond the optimum to see what becomes of more. */
const BEYOND = 8;

function curveOf(forecast: Forecast, best: Outlook, { name, without }: Plan['binds']): Plan['curve'] {
  const { tasks, tasksPerMessage } = best.shape;
  const free = name === 'availability' && without ? 2 * without.tasks : 0;
  const top = Math.min(mostTasks(forecast.without(new Set(['availability']))), Math.max(32, BEYOND * tasks, free));
  const all = [...new Set([...spread(top), tasks])].toSorted((a, b) => a - b);
  return all.map((count) => {
    const { completion, p99Ms } = forecast.of(count, tasksPerMessage);
    return { tasks: count, p50Ms: completion.quantile(0.5), p99Ms };
  });
}

/** A plan as text: the answer, the curve, what binds, what else would help, the price, and what was assumed. */
import type { Choice, Plan } from '../shared/core/plan/plan.ts';
import { PRICE_REGION } from '../shared/core/plan/prices.ts';
import { chart } from './chart.ts';
import type { Options } from './options.ts';
import { count, counted, digits, dollars, duration, percent } from './words.ts';

const MILLION = 1_000_000;

export function report(plan: Plan, options: Options): string {
  const parts = [
    answer(plan),
    ['Completion time against fan-out', '', ...chart(plan)],
    ['What binds', ...indented(binding(plan))],
    [...heading('What else would help', indented(offers(plan)))],
    [...heading('Roots', indented(rootsOf(plan)))],
    ['Price of a request', ...indented(price(plan))],
    ['Assumed', ...indented(assumptions(plan, options))],
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')}\n`;
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
const heading = (title: string, lines: readonly string[]): string[] => (lines.length > 0 ? [title, ...lines] : []);

function answer(plan: Plan): string[] {
  const { asked, inTime, broken } = plan;
  return [
    `${atMost(plan)}${counted(plan.tasks, 'task')}, ${riding(plan)}, ${awaited(plan)}`,
    ...indented([
      `p50 ${duration(plan.p50Ms)}, p99 ${duration(plan.p99Ms)}, ${dollars(plan.dollars)}`,
      ...(asked.availability < 1 ? [`complete with probability ${percent(plan.availability)}`] : []),
      ...(inTime !== undefined
        ? [`complete by the deadline of ${duration(asked.deadlineMs ?? 0)} with probability ${percent(inTime)}`]
        : []),
      ...broken.map((name) => `NOT KEPT: ${MISSED[name](plan)}`),
    ]),
  ];
}

const MISSED: Readonly<Record<Plan['broken'][number], (plan: Plan) => string>> = {
  deadline: ({ asked, p99Ms }) => `the deadline of ${duration(asked.deadlineMs ?? 0)}; the p99 is ${duration(p99Ms)}`,
  availability: ({ asked, availability }) =>
    `the target of ${percent(asked.target ?? 1)}; ${percent(availability)} of requests are complete`,
  dollars: ({ asked, dollars: cost }) => `${dollars(asked.dollars ?? 0)} a request; it costs ${dollars(cost)}`,
  'leaf-timeout': ({ asked }) => `the leaf's timeout of ${duration(asked.timeoutMs)}, in which a message is not done`,
};

const atMost = ({ freedom, binds }: Plan): string =>
  freedom === 'most' || binds.name === 'availability' ? 'At most ' : '';

const riding = ({ tasksPerMessage, messages }: Choice): string =>
  tasksPerMessage === 1 ? 'one a message' : `${tasksPerMessage} a message (${counted(messages, 'message')})`;

const awaited = ({ completion, successes, tasks }: Plan): string =>
  completion === 'all' ? 'all must answer' : `a quorum of ${count(successes)} of ${count(tasks)}`;

function binding({ binds, freedom, asked }: Plan): string[] {
  const { says, source, without, name } = binds;
  const better = without && (freedom === 'most' ? `${counted(without.tasks, 'task')}` : summary(without));
  const cap = name === 'availability' ? allowed(asked) : [];
  return [`${says}`, ...cap, `(${source})`, ...(better ? [`without it: ${better}`] : [])];
}

const allowed = ({ availability, target = 1 }: Plan['asked']): string[] => {
  const most = Math.floor(Math.log(target) / Math.log(availability) + 1e-9);
  return [`${availability}^n ≥ ${target} allows n ≤ ${count(most)}`];
};

const summary = (choice: Choice): string =>
  `${counted(choice.tasks, 'task')}, p99 ${duration(choice.p99Ms)}, ${dollars(choice.dollars)}`;

function offers({ hedge, quorum, fewest, p99Ms, asked }: Plan): string[] {
  return [
    ...(hedge
      ? [
          `Hedge after ${duration(hedge.afterMs)} (the ${digits(hedge.quantile * 100)}th percentile): p99 ${duration(p99Ms)} → ${duration(hedge.p99Ms)}, for ${percent(hedge.extra)} more attempts`,
        ]
      : []),
    ...(quorum
      ? [
          `A quorum of ${count(quorum.successes)} of ${count(quorum.tasks)}: complete with probability ${percent(quorum.availability)}, ${summary(quorum)}`,
        ]
      : []),
    ...(fewest ? [`The deadline of ${duration(asked.deadlineMs ?? 0)} is met from ${summary(fewest)} on`] : []),
  ];
}

function rootsOf({ roots, asked }: Plan): string[] {
  if (!roots) return [];
  const { instances, spare, utilization, waiting, binds } = roots;
  const spared = spare > 0 ? `, of which ${count(spare)} may be missing` : '';
  const { rootRequestMs, rootMessageMs, rootTaskMs, requestsPerSecond = 0 } = asked;
  return [
    `${counted(instances, 'root')} for ${digits(requestsPerSecond)} requests a second${spared}`,
    `each at ${percent(utilization)} of its processor, ${digits(waiting)} calls under way in all of them`,
    `what takes so many: ${binds.says}`,
    `(${binds.source})`,
    `${digits(rootRequestMs)} ms a request, ${digits(rootMessageMs)} a message, ${digits(rootTaskMs)} a task (unless given: measured on a laptop)`,
  ];
}

const price = ({ dollars: total, computeDollars }: Plan): string[] => [
  `${dollars(total)}, or $${digits(total * MILLION)} a million`,
  `${dollars(computeDollars)} the leaves' compute, ${dollars(total - computeDollars)} messages, writes, reads and invocations`,
  `(prices/${PRICE_REGION}.json, which dates each price; free tiers, idle polling and the services' own compute left out)`,
];

function assumptions({ asked, freedom, completion }: Plan, { leaf, question }: Options): string[] {
  const { overheadMs, requestMs, availability, delivery, memoryMb, concurrency } = asked;
  const shape = leaf === undefined ? 'each task takes its share' : `tasks vary as ${leaf}`;
  const work = {
    division: `${duration(asked.workMs ?? 0)} of work that divides evenly; ${shape}`,
    most: `each task takes ${leaf}`,
    way: asked.workMs === undefined ? `each task takes ${leaf}` : `${duration(asked.workMs)} of work; ${shape}`,
  }[freedom];
  const measured = question.overheadMs === undefined || question.requestMs === undefined;
  return [
    work,
    `${digits(overheadMs)} ms a message, one after another, and ${digits(requestMs)} ms a request${measured ? ' (unless given: measured on the local cloud, not on AWS)' : ''}`,
    `${delivery.kind} delivery, ${memoryMb} MiB, ${count(concurrency)} executions in the account; tasks of an invocation one after another`,
    `tasks are independent, and one is answered in the end with probability ${availability}`,
    ...(completion === 'quorum' ? ['a quorum waits for as many answers as bring that many successes on average'] : []),
  ];
}

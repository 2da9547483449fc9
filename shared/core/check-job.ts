/** The rules a job must keep, each refused by field and limit. */
import type { Audience } from './audience.ts';
import type { Share } from './completion.ts';
import { InvalidJobError } from './errors.ts';
import type { HedgeOptions } from './hedge.ts';
import {
  type Delivery,
  type ExternalLeaf,
  isExternal,
  type Job,
  type JobPlan,
  type LeafOptions,
  type Setting,
} from './job.ts';
import type { Late } from './late.ts';
import {
  AUDIENCE_WINDOW_MS,
  DEADLINE_MS,
  GRACE_MS,
  LIMITS,
  LONGEST_LEAF_MS,
  ROLL_CALL_WINDOW_MS,
  SHARE,
} from './limits.ts';

const MEMBERS: ReadonlySet<string> = new Set([
  ...['name', 'version', 'description', 'input', 'example', 'leaves', 'split', 'fold'],
  ...['completion', 'deadlineMs', 'attempts', 'idempotent', 'hedge', 'tasksPerMessage', 'maxTasks'],
  ...['values', 'notices', 'late', 'settings', 'audience', 'plan'],
]);
const DELIVERY_OPTIONS: Readonly<Record<Delivery['kind'], readonly string[]>> = {
  direct: ['kind', 'maxConcurrency'],
  queue: ['kind', 'batchSize', 'maxConcurrency'],
};
const EXTERNAL_OPTIONS: readonly string[] = ['kind', 'service', 'elsewhere'] satisfies (keyof ExternalLeaf)[];
const PLAN_MEMBERS: readonly string[] = ['leafMs', 'tasks', 'availability', 'target'] satisfies (keyof JobPlan)[];
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

type Refuse = (field: string, rule: string) => never;

/**
 * Checks a job with its defaults filled in; `leafOptions` are what a leaf may say.
 *
 * @throws InvalidJobError naming the field and the limit.
 */
export function checkJob(job: Omit<Job, 'input' | 'split' | 'fold'>, leafOptions: readonly string[]): void {
  const refuse: Refuse = (field, rule) => {
    throw new InvalidJobError(`job "${job.name}": ${field} ${rule}`);
  };
  if (!isName(job.name)) refuse('name', 'must be kebab-case, 40 characters at most');
  for (const member of Object.keys(job)) if (!MEMBERS.has(member)) refuse(member, 'is no member of a job');
  within(refuse, 'version', job.version, 1, 1_000_000);
  within(refuse, 'deadlineMs', job.deadlineMs, DEADLINE_MS.min, DEADLINE_MS.max);
  within(refuse, 'attempts', job.attempts, 1, LIMITS.attempts);
  if (job.tasksPerMessage !== 'auto') within(refuse, 'tasksPerMessage', job.tasksPerMessage, 1, LIMITS.tasksPerMessage);
  within(refuse, 'maxTasks', job.maxTasks, 1, LIMITS.tasksPerRequest);
  if (job.values !== 'inline' && job.values !== 'claims') refuse('values', 'must be inline or claims');
  if (typeof job.idempotent !== 'boolean') refuse('idempotent', 'must be true or false');
  if (job.hedge) checkHedge(refuse, job.hedge);
  if (job.notices !== 'none' && job.notices !== 'topic') refuse('notices', 'must be none or topic');
  checkLate(refuse, job.late, job.maxTasks);
  const { completion } = job;
  if ('share' in completion) checkShare(refuse, completion);
  else if (completion.kind === 'quorum') within(refuse, 'completion', completion.successes, 1, job.maxTasks);
  else if (completion.kind === 'tolerate') within(refuse, 'completion', completion.failures, 0, job.maxTasks);
  for (const [name, setting] of Object.entries(job.settings)) checkSetting(refuse, `settings.${name}`, name, setting);
  if (job.audience !== undefined) checkAudience(refuse, job.audience);
  if (job.plan !== undefined) checkPlan(refuse, job.plan, job.maxTasks);
  if (Object.keys(job.leaves).length === 0) refuse('leaves', 'must name at least one leaf');
  for (const [name, leaf] of Object.entries(job.leaves)) checkLeaf(refuse, name, leaf, leafOptions);
}

const LATE_OPTIONS: Readonly<Record<Late['kind'], readonly string[]>> = {
  drop: ['kind'],
  amend: ['kind', 'graceMs'],
};

function checkLate(refuse: Refuse, late: Late, maxTasks: number): void {
  if (!Object.hasOwn(LATE_OPTIONS, late.kind)) refuse('late', 'must be drop() or amend()');
  for (const option of Object.keys(late))
    if (!LATE_OPTIONS[late.kind].includes(option)) refuse(`late.${option}`, 'is no option');
  if (late.kind === 'drop') return;
  within(refuse, 'late.graceMs', late.graceMs, GRACE_MS.min, GRACE_MS.max);
  if (maxTasks > LIMITS.tasksPerShard)
    refuse('late', `can be amend() with a maxTasks of ${LIMITS.tasksPerShard} at most, not ${maxTasks}`);
}

const AUDIENCE_OPTIONS: readonly string[] = ['services', 'windowMs'] satisfies (keyof Audience)[];

function checkAudience(refuse: Refuse, audience: Audience): void {
  for (const option of Object.keys(audience))
    if (!AUDIENCE_OPTIONS.includes(option)) refuse(`audience.${option}`, 'is no option');
  const { services, windowMs } = audience;
  if (!Array.isArray(services) || services.length === 0 || services.length > LIMITS.membersNamed)
    refuse('audience.services', `must name 1 to ${LIMITS.membersNamed} services`);
  for (const service of services)
    if (!isName(service)) refuse('audience.services', `holds "${service}", which is no name`);
  within(refuse, 'audience.windowMs', windowMs, ROLL_CALL_WINDOW_MS.min, AUDIENCE_WINDOW_MS.max);
}

function checkShare(refuse: Refuse, { kind, share }: Share & { readonly kind: string }): void {
  const [above, least] = kind === 'quorum' ? ['above 0', SHARE.min] : ['from 0', 0];
  if (!(share >= least && share <= 1)) refuse('completion', `must be a share ${above}, at most 1, not ${share}`);
}

function checkPlan(refuse: Refuse, plan: JobPlan, maxTasks: number): void {
  const { leafMs, tasks, availability = 1, target } = plan;
  for (const member of Object.keys(plan)) if (!PLAN_MEMBERS.includes(member)) refuse(`plan.${member}`, 'is no member');
  const { p50, p99 } = typeof leafMs === 'object' ? leafMs : { p50: leafMs, p99: leafMs };
  if (!(p50 > 0 && p50 <= p99 && p99 <= LONGEST_LEAF_MS))
    refuse(
      'plan.leafMs',
      `must be above 0 and at most ${LONGEST_LEAF_MS}, or { p50, p99 } of which p50 is the smaller`,
    );
  if (tasks !== undefined) within(refuse, 'plan.tasks', tasks, 1, maxTasks);
  if (!(availability > 0 && availability <= 1))
    refuse('plan.availability', `must be above 0, at most 1, not ${availability}`);
  if (target !== undefined && !(target > 0 && target < 1))
    refuse('plan.target', `must be above 0, below 1, not ${target}`);
}

function checkSetting(refuse: Refuse, field: string, name: string, { default: value, pattern, says }: Setting): void {
  if (!isName(name)) refuse(field, 'must be kebab-case, 40 characters at most');
  if (typeof value !== 'string' || !(pattern instanceof RegExp) || typeof says !== 'string')
    refuse(field, 'must have a default, a pattern and says');
  if (!isWhole(pattern, value)) refuse(`${field}.default`, `must be ${says}, not "${value}"`);
}

function checkLeaf(
  refuse: Refuse,
  name: string,
  leaf: LeafOptions | ExternalLeaf,
  leafOptions: readonly string[],
): void {
  const field = `leaves.${name}`;
  const options = isExternal(leaf) ? EXTERNAL_OPTIONS : leafOptions;
  if (!isName(name)) refuse(field, 'must be kebab-case, 40 characters at most');
  for (const option of Object.keys(leaf)) if (!options.includes(option)) refuse(`${field}.${option}`, 'is no option');
  if (isExternal(leaf)) {
    if (!isName(leaf.service)) refuse(`${field}.service`, 'must be kebab-case, 40 characters at most');
    if (leaf.elsewhere !== undefined && typeof leaf.elsewhere !== 'boolean')
      refuse(`${field}.elsewhere`, 'must be true or false');
    return;
  }
  within(refuse, `${field}.memoryMb`, leaf.memoryMb, 128, 10_240);
  within(refuse, `${field}.timeoutMs`, leaf.timeoutMs, 1_000, LONGEST_LEAF_MS);
  if (leaf.timeoutMs % 1_000 !== 0) refuse(`${field}.timeoutMs`, 'must be whole seconds');
  checkDelivery(refuse, `${field}.delivery`, leaf.delivery);
  if (typeof leaf.checksRequest !== 'boolean') refuse(`${field}.checksRequest`, 'must be true or false');
}

/** A budget above a fifth is no hedging any more, but twice the work; a quantile below the median, likewise. */
function checkHedge(refuse: Refuse, hedge: HedgeOptions): void {
  for (const option of Object.keys(hedge))
    if (option !== 'quantile' && option !== 'budget') refuse(`hedge.${option}`, 'is no option');
  const between = (name: keyof HedgeOptions, min: number, max: number): void => {
    const value = hedge[name];
    if (!(value >= min && value <= max))
      refuse(`hedge.${name}`, `must be a number from ${min} to ${max}, not ${value}`);
  };
  between('quantile', 0.5, 0.999);
  between('budget', 0.001, 0.2);
}

function checkDelivery(refuse: Refuse, field: string, delivery: Delivery): void {
  const { kind, maxConcurrency } = delivery;
  if (!Object.hasOwn(DELIVERY_OPTIONS, kind)) refuse(field, 'must be direct() or queue()');
  for (const option of Object.keys(delivery))
    if (!DELIVERY_OPTIONS[kind].includes(option)) refuse(`${field}.${option}`, 'is no option');
  if (kind === 'queue') within(refuse, `${field}.batchSize`, delivery.batchSize, 1, 10);
  // An SQS mapping has at least two batches under way (Lambda API reference, ScalingConfig, 2026-11).
  const least = kind === 'queue' ? 2 : 1;
  if (maxConcurrency !== undefined) within(refuse, `${field}.maxConcurrency`, maxConcurrency, least, 1_000);
}

/** Whether the whole of `text` is what `pattern` says. */
export const isWhole = (pattern: RegExp, text: string): boolean =>
  new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(text);

const isName = (text: string): boolean => NAME.test(text) && text.length <= 40;

function within(refuse: Refuse, field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    refuse(field, `must be a whole number from ${min} to ${max}, not ${value}`);
}

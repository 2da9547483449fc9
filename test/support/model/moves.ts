/** What may begin in a world at any moment: somebody is called, or calls. Whoever dies is called again with the same. */
import { aggregate } from '../../../functions/aggregator/aggregate.ts';
import { closeShard } from '../../../functions/closer/close-shard.ts';
import { distribute } from '../../../functions/distributor/distribute.ts';
import { scatterRange } from '../../../functions/scatterer/scatter-range.ts';
import { takeTimer } from '../../../functions/timer/take-timer.ts';
import { guard } from '../../../functions/warden/guard.ts';
import { type EnvelopeTask, headerOf, type TaskEnvelope } from '../../../shared/core/envelope.ts';
import { isDeadline } from '../../../shared/core/timer.ts';
import { closeRequest } from '../../../shared/gathering/close.ts';
import { readAnswer } from '../../../shared/gathering/read-answer.ts';
import { readSettled } from '../../../shared/gathering/settle.ts';
import { type Ending, StepFailed, type Through } from '../interleaving.ts';
import { nextVisible, type Queue, reveal } from './queue.ts';
import { scenarioPolicy } from './scenario.ts';
import {
  aggregatingOf,
  distributingOf,
  hintsOf,
  LEASE_MS,
  portsOf,
  REQUEST,
  scatteringOf,
  type World,
} from './world.ts';

/** Only results close the request; its deadline may come; all is over, and old messages come again. */
export type Phase = 'results' | 'deadline' | 'late';

export type Move = () => void | Promise<void>;

/** Nobody has this token but who forges. */
export const FORGED = 'forged';

const AT_ONCE = { aggregators: 4, scatterers: 3, closers: 3 };
/** Longer than all messages together can be hidden. */
const DEADLINE_MS = 120_000;

/** What may begin now, besides the steps that wait. */
export function movesOf(world: World, phase: Phase): Move[] {
  const { queues, left, going } = world;
  const exists = world.store.inspect(REQUEST).head !== undefined;
  const moves: readonly (readonly [boolean, (world: World) => void])[] = [
    [going.distributor === 'waiting', startDistributor],
    [queues.results.waiting.length > 0 && going.aggregators < AT_ONCE.aggregators, startAggregator],
    [queues.ranges.waiting.length > 0 && going.scatterersSince.length < AT_ONCE.scatterers, startScatterer],
    [queues.looks.waiting.length > 0 && going.closers < AT_ONCE.closers, startCloser],
    [isSlowLeafDone(world), finishSlowLeaf],
    [isTimeToPass(world), passTime],
    [ripeTimers(world, phase).length > 0, (world) => startTimer(world, phase)],
    [exists && left.cancels > 0, startCancel],
    [exists && left.forgeries > 0, forge],
    [exists && left.readers > 0, startReader],
    [left.hedges > 0 && world.leaves.sent.length > 0 && isHedged(world), sendCopy],
  ];
  return moves
    .filter(([possible]) => possible)
    .map(
      ([, move]) =>
        () =>
          move(world),
    );
}

function start(
  world: World,
  name: string,
  body: (through: Through) => Promise<unknown>,
  ended: (ending: Ending) => void = () => undefined,
): void {
  world.interleaving.start(name, body, (ending, error) => {
    world.trace.push(`${name} ${ending}`);
    if (ending === 'failed' && !(error instanceof StepFailed)) world.surprises.push(error);
    ended(ending);
  });
}

function startDistributor(world: World): void {
  const { going, scenario } = world;
  going.distributor = 'running';
  const submission = {
    ...{
      owner: 'somebody',
      job: scenario.job,
      input: scenario.fortunes.length,
      waits: scenario.waits,
      deadlineMs: DEADLINE_MS,
    },
    ...{ policy: scenarioPolicy(scenario), key: { name: 'key', fingerprint: 'same' } },
  };
  start(
    world,
    'distributor',
    (through) => distribute(distributingOf(world, through), submission),
    (ending) => {
      going.distributor = ending === 'finished' || !scenario.resumed ? 'over' : 'waiting';
    },
  );
}

/** Takes messages, and leaves a copy of them now and then. */
function takeFrom<Message>({ left, random }: World, queue: Queue<Message>, most: number): Message[] {
  const messages = queue.take(most);
  if (left.duplicates > 0 && random.chance(0.6)) {
    left.duplicates--;
    queue.waiting.push(...messages);
  }
  return messages;
}

function startAggregator(world: World): void {
  const { random, queues, going, scenario } = world;
  const reports = takeFrom(world, queues.results, 1 + random.below(scenario.batchSize));
  const forged = reports.filter((report) => report.resultsToken === FORGED);
  const genuine = reports.filter((report) => report.resultsToken !== FORGED);
  const tasks = reports.map(({ results }) => results.map((result) => result.taskIndex).join('+'));
  going.aggregators++;
  start(
    world,
    `aggregator of ${tasks.join(', ')}`,
    (through) => {
      const aggregating = aggregatingOf(world, through);
      return Promise.all([genuine, forged].map((group) => aggregate(aggregating, group)));
    },
    (ending) => {
      going.aggregators--;
      if (ending === 'finished') queues.results.finish(genuine);
      else queues.results.leave(reports);
    },
  );
}

function startScatterer(world: World): void {
  const { queues, going, clock } = world;
  const [range] = takeFrom(world, queues.ranges, 1);
  if (!range) return;
  const since = clock.now();
  going.scatterersSince.push(since);
  start(
    world,
    `scatterer of shard ${range.shard}`,
    (through) => scatterRange(scatteringOf(world, through), range),
    (ending) => {
      going.scatterersSince.splice(going.scatterersSince.indexOf(since), 1);
      if (ending === 'finished') queues.ranges.finish([range]);
      else queues.ranges.leave([range]);
    },
  );
}

function startCloser(world: World): void {
  const { queues, going } = world;
  const [look] = takeFrom(world, queues.looks, 1);
  if (!look) return;
  going.closers++;
  start(
    world,
    `closer of shard ${look.shard} at ${look.seen.arrived}`,
    (through) => closeShard(portsOf(world, through), look),
    (ending) => {
      going.closers--;
      if (ending === 'finished') queues.looks.finish([look]);
      else queues.looks.leave([look]);
    },
  );
}

const isQuiet = ({ queues, interleaving }: World): boolean =>
  Object.values(queues).every((queue) => queue.waiting.length === 0) && interleaving.pending().length === 0;

/** Seldom, unless nothing else goes on. */
const isSlowLeafDone = (world: World): boolean =>
  world.leaves.slow.length > 0 && (isQuiet(world) || world.random.chance(0.1));

function finishSlowLeaf({ queues, leaves, random }: World): void {
  queues.results.waiting.push(...leaves.slow.splice(random.below(leaves.slow.length), 1));
}

/** Until the next message that somebody left is visible again; seldom while somebody works. */
const isTimeToPass = (world: World): boolean =>
  nextVisible(Object.values(world.queues)) !== undefined && (isQuiet(world) || world.random.chance(0.1));

function passTo({ clock, going }: World, instant: number): void {
  clock.passTo(instant);
  if (going.scatterersSince.some((since) => clock.now() >= since + LEASE_MS)) going.overtaken = true;
}

function passTime(world: World): void {
  const { queues, clock, trace } = world;
  const all = Object.values(queues);
  passTo(world, nextVisible(all) ?? clock.now());
  reveal(all, clock.now());
  trace.push(`it is ${clock.now()}`);
}

/** A chained timer sleeps for longer than a distributor can live, and than closers usually take. */
const ripeTimers = (world: World, phase: Phase) =>
  world.timers.filter((timer) => {
    if (timer.purpose === 'evaluate') return isNews(world, timer);
    const timed = phase !== 'results' || world.scenario.rival.includes('deadline');
    return timed && (timer.hops === 0 || (world.going.distributor !== 'running' && isQuiet(world)));
  });

/** Nothing changes by adding up the same hints again but the time, which only a close that was left waits for. */
function isNews(world: World, { after, failed, hops }: World['timers'][number]): boolean {
  const isHead = world.store.inspect(REQUEST).head !== undefined;
  if (hops > 0 && !isHead && world.going.distributor !== 'over') return false;
  if (failed) return true;
  const isLeft = world.store.inspect(REQUEST).head?.state === 'closing' && isQuiet(world);
  return isLeft || (after !== hintsOf(world) && (isQuiet(world) || world.random.chance(0.3)));
}

function startTimer(world: World, phase: Phase): void {
  const { timers, random } = world;
  const [timer] = random.shuffled(ripeTimers(world, phase));
  if (!timer) return;
  timers.splice(timers.indexOf(timer), 1);
  passTo(world, timer.dueAt);
  start(
    world,
    'timer',
    (through) => {
      const ports = { ...portsOf(world, through), replyTo: 'results' };
      return isDeadline(timer) ? guard(ports, timer) : takeTimer(ports, timer);
    },
    (ending) => {
      if (ending !== 'finished') timers.push({ ...timer, failed: true });
    },
  );
}

/** A caller who gets no answer does not try again. */
const noteLost =
  ({ going }: World, caller: 'cancel' | 'reader') =>
  (ending: Ending): void => {
    if (ending !== 'finished') going.lost.add(caller);
  };

function startCancel(world: World): void {
  world.left.cancels--;
  start(
    world,
    'cancel',
    (through) => closeRequest(portsOf(world, through), REQUEST, 'cancelled'),
    noteLost(world, 'cancel'),
  );
}

function startReader(world: World): void {
  world.left.readers--;
  const read = async (through: Through): Promise<void> => {
    const gathering = portsOf(world, through);
    const head = await readSettled(gathering, REQUEST);
    const answer = head && (await readAnswer(gathering, head));
    if (answer) world.observed.push(answer);
  };
  start(world, 'reader', read, noteLost(world, 'reader'));
}

/** Larger requests are not hedged. */
const isHedged = ({ scenario }: World): boolean => scenario.fortunes.length <= scenario.shardSize;

/** Whoever waits sends a task again, at any moment: also of one that is in, has failed, or is being tried again. */
function sendCopy({ left, random, leaves, trace }: World): void {
  left.hedges--;
  const message = random.pick(leaves.sent as [TaskEnvelope, ...TaskEnvelope[]]);
  const task = random.pick(message.tasks as [EnvelopeTask, ...EnvelopeTask[]]);
  trace.push(`a copy of task ${task.taskIndex}`);
  leaves.answer({ ...headerOf(message), ...{ attempt: 1, hedge: true, replyTo: message.replyTo, tasks: [task] } });
}

/** Somebody who may send to the results queue, and knows everything of the request but its token. */
function forge({ left, random, queues, store }: World): void {
  const { head } = store.inspect(REQUEST);
  if (!head) return;
  left.forgeries--;
  const { requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt } = head;
  const error = { cause: FORGED, message: FORGED, retryable: random.chance(0.5) };
  const said = random.chance(0.5) ? { value: { taskIndex: -1 } } : { error, payload: -1 };
  queues.results.waiting.push({
    ...{ v: 1, requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, expiresAt: deadlineAt },
    ...{ leaf: 'one', hops: 1, resultsToken: FORGED },
    results: [{ taskIndex: random.below(expected), attempt: 1, ...said }],
  });
}

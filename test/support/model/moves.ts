/** What may begin in a world at any moment: somebody is called, or calls. Whoever dies is called again with the same. */
import { aggregate } from '../../../functions/aggregator/aggregate.ts';
import { distribute } from '../../../functions/distributor/distribute.ts';
import { expire } from '../../../functions/timer/expire.ts';
import { closeRequest } from '../../../shared/gathering/close.ts';
import { readSettled } from '../../../shared/gathering/settle.ts';
import { type Ending, StepFailed } from '../interleaving.ts';
import { scenarioPolicy } from './scenario.ts';
import { portsOf, REQUEST, type World } from './world.ts';

/** Only results close the request; its deadline may come; all is over, and old messages come again. */
export type Phase = 'results' | 'deadline' | 'late';

export type Move = () => void | Promise<void>;

/** Nobody has this token but who forges. */
export const FORGED = 'forged';

const AGGREGATORS_AT_ONCE = 4;
const DEADLINE_MS = 20_000;

/** What may begin now, besides the steps that wait. */
export function movesOf(world: World, phase: Phase): Move[] {
  const { queue, left, going, scenario } = world;
  const exists = world.store.inspect(REQUEST).head !== undefined;
  const timed = phase !== 'results' || scenario.rival.includes('deadline');
  const moves: readonly (readonly [boolean, (world: World) => void])[] = [
    [going.distributor === 'waiting', startDistributor],
    [queue.waiting.length > 0 && going.aggregators < AGGREGATORS_AT_ONCE, startAggregator],
    [isSlowLeafDone(world), finishSlowLeaf],
    [timed && ripeTimers(world).length > 0, startTimer],
    [exists && left.cancels > 0, startCancel],
    [exists && left.forgeries > 0, forge],
    [exists && left.readers > 0, startReader],
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
  body: (ports: () => ReturnType<typeof portsOf>) => Promise<unknown>,
  ended: (ending: Ending) => void = () => undefined,
): void {
  world.interleaving.start(
    name,
    (through) => body(() => portsOf(world, through)),
    (ending, error) => {
      world.trace.push(`${name} ${ending}`);
      if (ending === 'failed' && !(error instanceof StepFailed)) world.surprises.push(error);
      ended(ending);
    },
  );
}

function startDistributor(world: World): void {
  const { going, scenario } = world;
  going.distributor = 'running';
  const submission = {
    ...{ owner: 'somebody', job: scenario.job, input: scenario.fortunes.length, deadlineMs: DEADLINE_MS },
    ...{ policy: scenarioPolicy(scenario), key: { name: 'key', fingerprint: 'same' } },
  };
  start(
    world,
    'distributor',
    (ports) => distribute(ports(), submission),
    (ending) => {
      going.distributor = ending === 'finished' || !scenario.resumed ? 'over' : 'waiting';
    },
  );
}

function startAggregator(world: World): void {
  const { random, queue, going, left, takenIn, scenario } = world;
  const reports = queue.take(1 + random.below(scenario.batchSize));
  if (left.duplicates > 0 && random.chance(0.6)) {
    left.duplicates--;
    queue.waiting.push(...reports);
  }
  const forged = reports.filter((report) => report.resultsToken === FORGED);
  const genuine = reports.filter((report) => report.resultsToken !== FORGED);
  const tasks = reports.map(({ results }) => results.map((result) => result.taskIndex).join('+'));
  going.aggregators++;
  start(
    world,
    `aggregator of ${tasks.join(', ')}`,
    (ports) => Promise.all([genuine, forged].map((group) => aggregate(ports(), group))),
    (ending) => {
      going.aggregators--;
      if (ending === 'finished') takenIn.push(...genuine);
      else queue.waiting.push(...reports);
    },
  );
}

/** Seldom, unless nothing else goes on. */
const isSlowLeafDone = ({ queue, random, interleaving }: World): boolean => {
  const isQuiet = queue.waiting.length === 0 && interleaving.pending().length === 0;
  return queue.slow.length > 0 && (isQuiet || random.chance(0.1));
};

function finishSlowLeaf({ queue, random }: World): void {
  queue.waiting.push(...queue.slow.splice(random.below(queue.slow.length), 1));
}

/** A chained timer sleeps for longer than a distributor can live. */
const ripeTimers = ({ timers, going }: World) =>
  timers.filter(({ hops }) => hops === 0 || going.distributor !== 'running');

function startTimer(world: World): void {
  const { timers, random, clock } = world;
  const [timer] = random.shuffled(ripeTimers(world));
  if (!timer) return;
  timers.splice(timers.indexOf(timer), 1);
  clock.passTo(timer.dueAt);
  start(
    world,
    'timer',
    (ports) => expire(ports(), timer),
    (ending) => {
      if (ending !== 'finished') timers.push(timer);
    },
  );
}

/** A caller whose cancel gets no answer does not try again. */
function startCancel(world: World): void {
  world.left.cancels--;
  start(world, 'cancel', (ports) => closeRequest(ports(), REQUEST, 'cancelled'));
}

function startReader(world: World): void {
  world.left.readers--;
  start(world, 'reader', async (ports) => {
    const gathering = ports();
    const head = await readSettled(gathering, REQUEST);
    const answer = head?.state === 'closed' && (await gathering.store.readAnswer(REQUEST, head.version));
    if (answer) world.observed.push(answer);
  });
}

/** Somebody who may send to the results queue, and knows everything of the request but its token. */
function forge({ left, random, queue, store }: World): void {
  const { head } = store.inspect(REQUEST);
  if (!head) return;
  left.forgeries--;
  const { requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt } = head;
  const error = { cause: FORGED, message: FORGED, retryable: random.chance(0.5) };
  const said = random.chance(0.5) ? { value: -1 } : { error, payload: -1 };
  queue.waiting.push({
    ...{ v: 1, requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, expiresAt: deadlineAt },
    ...{ leaf: 'one', hops: 1, resultsToken: FORGED },
    results: [{ taskIndex: random.below(expected), attempt: 1, ...said }],
  });
}

/** The topic and the leaves behind it: small requests' tasks come directly, or through a queue; larger ones' always through one. */
import { type Answering, answer } from '../functions/leaf/answer.ts';
import { createAnswered } from '../functions/leaf/answered.ts';
import type { TaskEnvelope } from '../shared/core/envelope.ts';
import { hasOneShard } from '../shared/core/gathering.ts';
import { type LeafOptions, ownLeaves } from '../shared/core/job.ts';
import { inEnvironment, silent } from './environment.ts';
import { type Ending, type Invocation, invoke } from './invocation.ts';
import { drawLatency } from './latency.ts';
import { createMemoryClaims } from './ports/memory-claims.ts';
import { createMemoryStates } from './ports/memory-states.ts';
import { createQueue } from './queue.ts';
import { LEAF_TIMEOUT_MS, type Scenario } from './scenario.ts';
import { type Environment, type Network, REPLY_TO, type World } from './world.ts';

/** Time kept for sending what is known (functions/leaf/handler.ts). */
const FLUSH_MARGIN_MS = 750;

/** Takes an envelope as the topic does. */
export function createLeaves(world: World, network: Network): (envelope: TaskEnvelope) => void {
  const { scenario, clock, random, faults, watched } = world;
  const home = (envelope: TaskEnvelope, body: object): void =>
    (hasOneShard(envelope) ? network.results : network.bulkResults).send(JSON.stringify(body));
  const queued = createQueue<TaskEnvelope>(world, {
    ...{ name: 'leaf', batchSize: 10, maxConcurrency: 4, visibilityMs: 6 * LEAF_TIMEOUT_MS, maxReceives: 5 },
    consume: async (batch) => (await work(world, network, batch)).unsent,
    dead: (envelope) => home(envelope, envelope),
  });
  const handleDirect = async (envelope: TaskEnvelope): Promise<void> => {
    const { ending, unsent } = await work(world, network, [envelope]);
    if (ending === 'finished' && unsent.length === 0) return;
    const request = watched.get(envelope.requestId);
    if (request && random.chance(faults.leafLosses)) request.lost++;
    else home(envelope, deathRecord(envelope, ending));
  };
  const isDirect = leafOf(scenario)?.delivery.kind === 'direct';
  return (envelope) => {
    const copies = random.chance(faults.duplicates) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++)
      if (isDirect && hasOneShard(envelope))
        clock.after(drawLatency(scenario.overheads.startMs, random), () => void handleDirect(envelope));
      else queued.send(envelope);
  };
}

/** What Lambda says of a direct event that failed, to the destination of failures. */
const deathRecord = (envelope: TaskEnvelope, ending: Ending): object => ({
  requestContext: { condition: 'RetriesExhausted' },
  requestPayload: { Records: [{ Sns: { Message: JSON.stringify(envelope) } }] },
  responsePayload: { errorType: ending === 'timed out' ? 'Sandbox.Timedout' : 'Runtime.ExitError' },
});

async function work(
  world: World,
  network: Network,
  envelopes: readonly TaskEnvelope[],
): Promise<{ readonly ending: Ending; readonly unsent: readonly TaskEnvelope[] }> {
  let unsent: readonly TaskEnvelope[] = envelopes;
  const ending = await inEnvironment(world, 'leaf', (environment) =>
    invoke(world, 'leaf', LEAF_TIMEOUT_MS, async (invocation) => {
      const stopAt = invocation.clock.now() + LEAF_TIMEOUT_MS - FLUSH_MARGIN_MS;
      unsent = await answer(answeringOf(world, network, environment, invocation), envelopes, stopAt);
    }),
  );
  return { ending, unsent: ending === 'finished' ? unsent : envelopes };
}

function answeringOf(
  world: World,
  network: Network,
  environment: Environment,
  { clock, through, die }: Invocation,
): Answering {
  const { scenario, random, faults } = world;
  environment.answered ??= createAnswered();
  return {
    async leaf(payload, { requestId }) {
      const taskIndex = payload as number;
      if (random.chance(faults.leafHangs)) return new Promise(() => undefined);
      await clock.sleep(drawLatency(scenario.leafMs, random) * slownessOf(world, requestId));
      if (random.chance(faults.leafDeaths)) die();
      if (scenario.failing.has(taskIndex)) throw new Error('it always fails');
      return taskIndex;
    },
    results: through({
      async send(replyTo, envelope) {
        (replyTo === REPLY_TO.small ? network.results : network.bulkResults).send(JSON.stringify(envelope));
      },
    }),
    ...{ clock, timers: world.clock, claims: createMemoryClaims(clock), retentionMs: 3_600_000 },
    ...{ telemetry: silent, answered: environment.answered },
    ...(leafOf(scenario)?.checksRequest ? { states: through(createMemoryStates(world.store)) } : {}),
  };
}

/** How many times as long as usual the leaves of a request take. */
function slownessOf({ scenario: { slowdown }, watched }: World, requestId: string): number {
  const number = watched.get(requestId)?.number ?? 0;
  return slowdown && number >= slowdown.from ? slowdown.factor : 1;
}

/** The one leaf of a schedule's job. */
const leafOf = ({ job }: Scenario): LeafOptions | undefined => ownLeaves(job)[0]?.[1];

/** Who calls from outside: submits until it is accepted, may wait or ask for the answer, may cancel, and may forge results. */
import { distribute } from '../functions/distributor/distribute.ts';
import { describe } from '../functions/status/describe.ts';
import { policyOf } from '../shared/core/completion.ts';
import { closeRequest } from '../shared/gathering/close.ts';
import { createHedger } from '../shared/gathering/hedge.ts';
import { readAnswer } from '../shared/gathering/read-answer.ts';
import { awaitClosed } from '../shared/gathering/settle.ts';
import { serve } from './environment.ts';
import { type Network, REPLY_TO, type Watched, type World, watch } from './world.ts';

/** A caller asks so often, in ms, seldom while the deadline is far, and until so long after it. */
const ASKS = { everyMs: 200, seldomMs: 60_000, untilMs: 3_000 } as const;

/** A caller waits so long in one call, in ms. */
const WAIT_MS = 10_000;

const OWNER = 'somebody';

/** Everything that comes from outside for the only request of a schedule, at its time. */
export function call(world: World, network: Network): void {
  const { scenario, clock } = world;
  const request = watch(world, 0);
  void submit(world, network, request);
  if (scenario.asks) clock.after(100, () => askOften(world, network, request));
  const { cancelAfterMs } = scenario;
  if (cancelAfterMs !== undefined) clock.after(cancelAfterMs, () => void cancel(world, network, request));
  for (let left = scenario.forgeries; left > 0; left--) clock.after(400 * left, () => forge(world, network, request));
}

/** Asks until the answer was given twice, or the deadline of the request, once it is registered, has passed. */
function askOften(world: World, network: Network, request: Watched): void {
  const { clock, scenario, store } = world;
  const { head } = store.inspect(request.requestId);
  const left = head ? head.deadlineAt - clock.now() : scenario.deadlineMs;
  if (request.given.length > 1 || left < -ASKS.untilMs) return;
  void ask(world, network, request);
  const pauseMs = left > ASKS.seldomMs ? ASKS.seldomMs : ASKS.everyMs;
  clock.after(pauseMs, () => askOften(world, network, request));
}

/** Resolves when an invocation of the distributor has come to its end. */
async function submit(world: World, network: Network, request: Watched): Promise<void> {
  const { scenario, clock } = world;
  const { job, expected: input, waits, deadlineMs } = scenario;
  const submission = {
    ...{ owner: OWNER, job, input, waits, deadlineMs },
    ...{ policy: policyOf(job.completion), key: { name: request.requestId, fingerprint: 'same' } },
  };
  const ending = await serve(world, network, 'distributor', async (ports) => {
    const until = ports.clock.now() + WAIT_MS;
    const ids = { ...ports.ids, requestId: () => request.requestId };
    const distributing = { ...ports, ids, replyTo: REPLY_TO.small };
    const accepted = await distribute(distributing, submission);
    if (!waits || 'refused' in accepted) return;
    const head = await awaitClosed(distributing, accepted, until, createHedger(distributing));
    const answer = head && (await readAnswer(distributing, head));
    if (answer) request.given.push(answer);
  });
  if (ending === 'finished') return;
  await clock.sleep(500);
  await submit(world, network, request);
}

async function ask(world: World, network: Network, request: Watched, waitMs = 0): Promise<void> {
  await serve(world, network, 'status', async (ports) => {
    const { requestId } = request;
    const enquiry = { owner: OWNER, requestId, waitMs, partial: false };
    const description = await describe({ ...ports, replyTo: REPLY_TO.small }, enquiry);
    if (description?.state === 'closed') request.given.push(description.answer);
  });
}

const cancel = (world: World, network: Network, { requestId }: Watched): Promise<unknown> =>
  serve(world, network, 'cancel', (ports) => closeRequest(ports, requestId, 'cancelled'));

/** What is forged, so that an oracle knows it again. */
export const FORGED = -1;

function forge({ random, store }: World, network: Network, request: Watched): void {
  const { head } = store.inspect(request.requestId);
  if (!head) return;
  const { requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt } = head;
  network.results.send(
    JSON.stringify({
      ...{ v: 1, requestId, job, jobVersion, expected, shardSize, acceptedAt, deadlineAt, expiresAt: deadlineAt },
      ...{ leaf: 'one', hops: 1, resultsToken: 'forged' },
      results: [{ taskIndex: random.below(expected), attempt: 1, value: FORGED }],
    }),
  );
}

/**
 * Many requests, one after another, the next `pauseMs` after the last was answered; `seen` is told of each when its
 * stragglers are over too, and then it is forgotten.
 */
export async function callInTurn(
  world: World,
  network: Network,
  { requests, pauseMs, seen }: { requests: number; pauseMs: number; seen: (request: Watched) => void },
): Promise<void> {
  const { scenario, clock, store, watched } = world;
  for (let number = 0; number < requests; number++) {
    const request = watch(world, number);
    await submit(world, network, request);
    const until = request.calledAt + scenario.deadlineMs + ASKS.untilMs;
    while (request.given.length === 0 && clock.now() < until) await ask(world, network, request, WAIT_MS);
    const answeredAt = clock.now();
    clock.after(scenario.deadlineMs + ASKS.untilMs, () => {
      seen(Object.assign(request, request.given.length > 0 ? { answeredAt } : {}));
      store.forget(request.requestId);
      watched.delete(request.requestId);
    });
    await clock.sleep(pauseMs);
  }
}

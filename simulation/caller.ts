/** Who calls from outside: submits until it is accepted, may ask for the answer, may cancel, and may forge results. */
import { distribute } from '../functions/distributor/distribute.ts';
import { policyOf } from '../shared/core/completion.ts';
import { closeRequest } from '../shared/gathering/close.ts';
import { readAnswer } from '../shared/gathering/read-answer.ts';
import { readSettled } from '../shared/gathering/settle.ts';
import { SERVICE_MS } from './functions.ts';
import { invoke } from './invocation.ts';
import { type Network, portsOf, REPLY_TO, REQUEST, type World } from './world.ts';

/** Around the deadline a caller asks so often, in ms, and until so long after it. */
const ASKS = { everyMs: 200, untilMs: 3_000 } as const;

/** Everything that comes from outside, at its time. */
export function call(world: World, network: Network): void {
  const { scenario, clock } = world;
  void submit(world, network);
  if (scenario.asks)
    for (let at = 100; at < scenario.deadlineMs + ASKS.untilMs; at += pauseAt(at, scenario.deadlineMs))
      clock.after(at, () => void ask(world, network));
  const { cancelAfterMs } = scenario;
  if (cancelAfterMs !== undefined) clock.after(cancelAfterMs, () => void cancel(world, network));
  for (let left = scenario.forgeries; left > 0; left--) clock.after(400 * left, () => forge(world, network));
}

const pauseAt = (at: number, deadlineMs: number): number =>
  deadlineMs < 20_000 || at > deadlineMs - 60_000 ? ASKS.everyMs : 60_000;

async function submit(world: World, network: Network): Promise<void> {
  const { scenario, clock } = world;
  const { job, expected: input, waits, deadlineMs } = scenario;
  const submission = {
    ...{ owner: 'somebody', job, input, waits, deadlineMs },
    ...{ policy: policyOf(job.completion), key: { name: 'key', fingerprint: 'same' } },
  };
  const ending = await invoke(world, 'distributor', SERVICE_MS, (invocation) =>
    distribute({ ...portsOf(world, network, invocation), replyTo: REPLY_TO.small }, submission),
  );
  if (ending !== 'finished') clock.after(500, () => void submit(world, network));
}

async function ask(world: World, network: Network): Promise<void> {
  if (world.given.length > 1) return;
  await invoke(world, 'status', SERVICE_MS, async (invocation) => {
    const gathering = portsOf(world, network, invocation);
    const head = await readSettled(gathering, REQUEST);
    const answer = head && (await readAnswer(gathering, head));
    if (answer) world.given.push(answer);
  });
}

async function cancel(world: World, network: Network): Promise<void> {
  await invoke(world, 'cancel', SERVICE_MS, (invocation) =>
    closeRequest(portsOf(world, network, invocation), REQUEST, 'cancelled'),
  );
}

/** What is forged, so that an oracle knows it again. */
export const FORGED = -1;

function forge({ random, store }: World, network: Network): void {
  const { head } = store.inspect(REQUEST);
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

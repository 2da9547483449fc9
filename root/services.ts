/** The services of a stack in one process: the handlers of its functions, and the queues that feed them. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { createHandler as aggregator } from '../functions/aggregator/handler.ts';
import { createHandler as attendance } from '../functions/attendance/handler.ts';
import { createHandler as closer } from '../functions/closer/handler.ts';
import { createHandler as distributor } from '../functions/distributor/handler.ts';
import { createHandler as intake } from '../functions/intake/handler.ts';
import { createHandler as notifier } from '../functions/notifier/handler.ts';
import { createHandler as rollCall } from '../functions/roll-call/handler.ts';
import { createHandler as scatterer } from '../functions/scatterer/handler.ts';
import { createHandler as status } from '../functions/status/handler.ts';
import { createHandler as timer } from '../functions/timer/handler.ts';
import { createHandler as warden } from '../functions/warden/handler.ts';
import { CLIENT_OPTIONS } from '../shared/aws/clients/options.ts';
import { systemClock } from '../shared/aws/system.ts';
import { telemetry } from '../shared/aws/telemetry.ts';
import type { Job } from '../shared/core/job.ts';
import { WARDEN_MS } from '../shared/core/limits.ts';
import { CONSUMED, type ConsumedQueue, type RootEnvironment } from './environment.ts';
import { type Listening, listen, type Serving } from './http-server.ts';
import { DEADLINE_RETRY_SECONDS, DRAIN_MS, UNHEALTHY_AFTER_MS, VISIBILITY_SECONDS, WAIT_SECONDS } from './limits.ts';
import type { Options } from './options.ts';
import { type Consumption, Poller } from './poller.ts';
import { createQueue } from './queue.ts';
import { createTokenCheck } from './token.ts';

export interface Services {
  readonly port: number;
  /** Ends in order: no further messages, no further calls, what is under way to its end. */
  stop(): Promise<void>;
}

/**
 * Batches at a time of what is not results. A shard is up to 64 MiB in memory, and a range 25 to 250 calls: two of each keep a
 * processor busy. Dead letters, timers, deadlines, notices and
 * answers to roll-calls are few and small.
 */
const AT_ONCE = { shards: 2, scatter: 2, timers: 4, deadlines: 4, notices: 4, answers: 4, dead: 1 } as const;

export async function startServices(
  jobs: readonly Job[],
  environment: RootEnvironment,
  { port, host, batches, calls }: Options,
): Promise<Services> {
  const pollers = startPollers(jobs, environment, batches);
  const state = { stopping: false };
  const { tokens } = environment;
  const serving: Serving = {
    handlers: { distributor: distributor(jobs), status: status(jobs), intake: intake(), rollCall: rollCall() },
    ailment: () => ailmentOf(pollers, state.stopping),
    ...{ calls, clock: systemClock, telemetry },
    ...(tokens && { checkToken: createTokenCheck(tokens, telemetry) }),
  };
  const listening = await listen(serving, port, host);
  return {
    port: listening.port,
    stop: async () => {
      state.stopping = true;
      await stopAll(pollers, listening);
    },
  };
}

/** Receives go on for a while with calls under way: where this is the only root, what they wait for comes no other way. */
async function stopAll(pollers: readonly Poller[], listening: Listening): Promise<void> {
  const answered = listening.close();
  await Promise.race([answered, systemClock.sleep(DRAIN_MS)]);
  await Promise.all([answered, ...pollers.map((poller) => poller.stop())]);
}

type Work = Omit<Consumption, 'queue'> & {
  /** How long its messages are hidden at first, where they cannot wait for as long as others. */
  readonly visibilitySeconds?: number;
};

function startPollers(jobs: readonly Job[], environment: RootEnvironment, batches: number): Poller[] {
  const { url, region, deadLetters } = environment;
  // Of its own: receives that wait would keep the functions' client's connections.
  const client = new SQSClient(CLIENT_OPTIONS);
  const poll = (queueUrl: string, { visibilitySeconds = VISIBILITY_SECONDS, ...work }: Work): Poller => {
    const queue = createQueue(client, queueUrl, { waitSeconds: WAIT_SECONDS, visibilitySeconds });
    return new Poller({ queue, ...work }, { region, clock: systemClock, telemetry });
  };
  const gather = aggregator(jobs);
  const work: Readonly<Record<ConsumedQueue, Work>> = {
    RESULTS_QUEUE_URL: { handle: gather, batchSize: 10, atOnce: batches },
    BULK_RESULTS_QUEUE_URL: { handle: gather, batchSize: 10, atOnce: Math.ceil(batches / 2) },
    SCATTER_QUEUE_URL: { handle: scatterer(jobs), batchSize: 1, atOnce: AT_ONCE.scatter },
    SHARDS_QUEUE_URL: { handle: closer(jobs), batchSize: 1, atOnce: AT_ONCE.shards },
    TIMERS_QUEUE_URL: { handle: timer(jobs), batchSize: 10, atOnce: AT_ONCE.timers },
    DEADLINES_QUEUE_URL: {
      ...{ handle: warden(), batchSize: 10, atOnce: AT_ONCE.deadlines },
      ...{ visibilitySeconds: WARDEN_MS / 1_000, retrySeconds: DEADLINE_RETRY_SECONDS },
    },
    NOTICES_QUEUE_URL: { handle: notifier(), batchSize: 10, atOnce: AT_ONCE.notices },
    ANSWERS_QUEUE_URL: { handle: attendance(), batchSize: 10, atOnce: AT_ONCE.answers },
  };
  const dead: Work = { handle: gather, batchSize: 10, atOnce: AT_ONCE.dead };
  return [...CONSUMED.map((name) => poll(url(name), work[name])), ...deadLetters.map((each) => poll(each, dead))];
}

/** A root that cannot receive answers calls, but does half of its work. */
function ailmentOf(pollers: readonly Poller[], stopping: boolean): string | undefined {
  if (stopping) return 'Stopping';
  const now = systemClock.now();
  const failing = pollers.some(({ failingSince }) => now - (failingSince ?? now) > UNHEALTHY_AFTER_MS);
  return failing ? 'A queue cannot be received from' : undefined;
}

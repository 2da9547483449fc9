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
import type { RootEnvironment } from './environment.ts';
import { type Listening, listen, type Serving } from './http-server.ts';
import { UNHEALTHY_AFTER_MS, VISIBILITY_SECONDS, WAIT_SECONDS } from './limits.ts';
import type { Options } from './options.ts';
import { Poller, type QueueHandler } from './poller.ts';
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

async function stopAll(pollers: readonly Poller[], listening: Listening): Promise<void> {
  await Promise.all([listening.close(), ...pollers.map((poller) => poller.stop())]);
}

function startPollers(jobs: readonly Job[], environment: RootEnvironment, batches: number): Poller[] {
  const { url, region, deadLetters } = environment;
  // Of its own: receives that wait would keep the functions' client's connections.
  const client = new SQSClient(CLIENT_OPTIONS);
  const pollHiding = (visibilitySeconds: number) => {
    return (queueUrl: string, handle: QueueHandler, batchSize: number, atOnce: number) => {
      const queue = createQueue(client, queueUrl, { waitSeconds: WAIT_SECONDS, visibilitySeconds });
      return new Poller({ queue, handle, batchSize, atOnce }, { region, clock: systemClock, telemetry });
    };
  };
  const poll = pollHiding(VISIBILITY_SECONDS);
  const gather = aggregator(jobs);
  return [
    poll(url('RESULTS_QUEUE_URL'), gather, 10, batches),
    poll(url('BULK_RESULTS_QUEUE_URL'), gather, 10, Math.ceil(batches / 2)),
    ...deadLetters.map((queueUrl) => poll(queueUrl, gather, 10, AT_ONCE.dead)),
    poll(url('SCATTER_QUEUE_URL'), scatterer(jobs), 1, AT_ONCE.scatter),
    poll(url('SHARDS_QUEUE_URL'), closer(jobs), 1, AT_ONCE.shards),
    poll(url('TIMERS_QUEUE_URL'), timer(jobs), 10, AT_ONCE.timers),
    pollHiding(WARDEN_MS / 1_000)(url('DEADLINES_QUEUE_URL'), warden(), 10, AT_ONCE.deadlines),
    poll(url('NOTICES_QUEUE_URL'), notifier(), 10, AT_ONCE.notices),
    poll(url('ANSWERS_QUEUE_URL'), attendance(), 10, AT_ONCE.answers),
  ];
}

/** A root that cannot receive answers calls, but does half of its work. */
function ailmentOf(pollers: readonly Poller[], stopping: boolean): string | undefined {
  if (stopping) return 'Stopping';
  const now = systemClock.now();
  const failing = pollers.some(({ failingSince }) => now - (failingSince ?? now) > UNHEALTHY_AFTER_MS);
  return failing ? 'A queue cannot be received from' : undefined;
}

/**
 * Tasks for a chosen instance go to its own queue, and never to the topic, so that they reach nobody else. Where it is gone they fail at
 * once, by a result like any leaf's, or go to the topic for any other if the leaf allows it.
 */
import { headerOf, type ResultsEnvelope, type TaskEnvelope } from '../core/envelope.ts';
import { type ExternalLeaf, isExternal, type Job } from '../core/job.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import type { ResultsSender, TaskPublisher } from '../core/ports/work.ts';
import type { AddressedInstance, InstanceDirectory, InstanceQueues } from '../core/roll-call/ports.ts';

export interface Choosing {
  readonly jobs: ReadonlyMap<string, Job>;
  /** Takes what is for no instance. */
  readonly publisher: TaskPublisher;
  readonly directory: InstanceDirectory;
  readonly instances: InstanceQueues;
  readonly results: ResultsSender;
  readonly telemetry: Pick<Telemetry, 'warn'>;
}

/** Messages to instances under way at once. */
const WIDTH = 16;

export const createChoosingPublisher = (choosing: Choosing): TaskPublisher => ({
  publish: (envelopes) => choosing.publisher.publish(forAnybody(choosing, envelopes)),
});

/** What is left for the topic, once instances have theirs. */
async function* forAnybody(
  choosing: Choosing,
  envelopes: AsyncIterable<TaskEnvelope> | Iterable<TaskEnvelope>,
): AsyncGenerator<TaskEnvelope> {
  const underWay: Promise<TaskEnvelope | undefined>[] = [];
  for await (const envelope of envelopes) {
    if (envelope.instance === undefined) {
      yield envelope;
      continue;
    }
    const sending = send(choosing, envelope, envelope.instance);
    sending.catch(() => undefined); // it is awaited below, unless an earlier one fails first
    underWay.push(sending);
    if (underWay.length >= WIDTH) yield* left(await underWay.shift());
  }
  for (const sending of underWay) yield* left(await sending);
}

const left = (envelope: TaskEnvelope | undefined): TaskEnvelope[] => (envelope ? [envelope] : []);

/** Sends tasks to their instance, or fails them; what is to go to any other instead. */
async function send(choosing: Choosing, envelope: TaskEnvelope, instance: string): Promise<TaskEnvelope | undefined> {
  const { jobs, results, telemetry } = choosing;
  const leaf = externalLeaf(jobs.get(envelope.job), envelope.leaf);
  const outcome = leaf ? await sendTo(choosing, { service: leaf.service, instanceId: instance }, envelope) : 'unknown';
  if (outcome === 'sent') return undefined;
  if (outcome === 'foreign') telemetry.warn('not the queue of this instance', { service: leaf?.service, instance });
  if (leaf?.elsewhere) return forAnyOther(envelope);
  await results.send(
    envelope.replyTo,
    failed(envelope, `there is no instance ${instance} of ${leaf?.service ?? envelope.leaf}`),
  );
  return undefined;
}

async function sendTo(
  { directory, instances }: Choosing,
  { service, instanceId }: Omit<AddressedInstance, 'address'>,
  envelope: TaskEnvelope,
): Promise<'sent' | 'gone' | 'foreign' | 'unknown'> {
  const found = await directory.find(service, instanceId);
  return found === 'unknown' ? found : instances.send({ service, instanceId, ...found }, envelope);
}

function externalLeaf(job: Job | undefined, name: string): ExternalLeaf | undefined {
  const leaf = job && Object.hasOwn(job.leaves, name) ? job.leaves[name] : undefined;
  return leaf && isExternal(leaf) ? leaf : undefined;
}

function forAnyOther({ instance: _, ...envelope }: TaskEnvelope): TaskEnvelope {
  return envelope;
}

function failed(envelope: TaskEnvelope, message: string): ResultsEnvelope {
  const error = { cause: 'no-such-instance', message, retryable: false };
  const results = envelope.tasks.map(({ taskIndex, label }) => ({
    ...{ taskIndex, attempt: envelope.attempt, ...(envelope.hedge ? { hedge: true as const } : {}) },
    ...(label === undefined ? {} : { label }),
    error,
  }));
  return { ...headerOf(envelope), results };
}

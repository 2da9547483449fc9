/** Where tasks go that name an instance, and what becomes of them when it is gone. */
import { describe, expect, it } from 'vitest';
import type { ResultsEnvelope, TaskEnvelope } from '../../shared/core/envelope.ts';
import { external } from '../../shared/core/job.ts';
import { noCensus } from '../../shared/core/roll-call/census.ts';
import type { CensusStore, InstanceQueues } from '../../shared/core/roll-call/ports.ts';
import { createChoosingPublisher } from '../../shared/roll-call/chosen.ts';
import { createDirectory } from '../../shared/roll-call/directory.ts';
import { aHeader } from '../support/builders.ts';
import { capturedPublisher, capturedResults, capturedTelemetry, fakeClock } from '../support/fakes.ts';
import { aJob } from '../support/jobs.ts';

const job = aJob({
  leaves: { strict: external({ service: 'pricing' }), lenient: external({ service: 'pricing', elsewhere: true }) },
});
const envelope = (changes: Partial<TaskEnvelope> = {}): TaskEnvelope => ({
  ...aHeader({ leaf: 'strict' }),
  ...{ attempt: 1, replyTo: 'results', tasks: [{ taskIndex: 0, label: 'zero', payload: 1 }] },
  ...changes,
});

function worldOf(outcome: Awaited<ReturnType<InstanceQueues['send']>> = 'sent') {
  const sent: [string, TaskEnvelope][] = [];
  const publisher = capturedPublisher();
  const results = capturedResults();
  const choosing = createChoosingPublisher({
    ...{ jobs: new Map([[job.name, job]]), publisher, results, telemetry: capturedTelemetry() },
    directory: { find: async (_, id) => (id === 'unknown' ? 'unknown' : { address: `q/${id}` }) },
    instances: {
      async send({ address }, its) {
        sent.push([address, its]);
        return outcome;
      },
    },
  });
  return { choosing, sent, publisher, results };
}

const failures = (sent: readonly ResultsEnvelope[]) =>
  sent.flatMap(({ results }) => results.map((result) => ('error' in result ? result.error.cause : 'no error')));

describe('a task that names an instance', () => {
  it('goes to its queue, and tasks that name none to the topic', async () => {
    const { choosing, sent, publisher, results } = worldOf();
    await choosing.publish([envelope({ instance: 'i-1' }), envelope(), envelope({ instance: 'i-2' })]);
    expect(sent.map(([address, { instance }]) => [address, instance])).toEqual([
      ['q/i-1', 'i-1'],
      ['q/i-2', 'i-2'],
    ]);
    expect(publisher.published).toEqual([envelope()]);
    expect(results.sent).toEqual([]);
  });

  it.each([
    ['is unknown', 'unknown', 'sent'],
    ['has no queue any more', 'i-1', 'gone'],
    ['gives the address of a queue that is none of ours', 'i-1', 'foreign'],
  ] as const)('fails at once, for good, where it %s', async (_, instance, outcome) => {
    const { choosing, publisher, results } = worldOf(outcome);
    await choosing.publish([envelope({ instance, attempt: 2 })]);
    expect(publisher.published).toEqual([]);
    expect(results.sent).toMatchObject([
      {
        ...{ to: 'results', requestId: 'request', resultsToken: 'token', instance },
        results: [{ taskIndex: 0, attempt: 2, label: 'zero', error: { cause: 'no-such-instance', retryable: false } }],
      },
    ]);
  });

  it('goes to any other where its leaf allows that', async () => {
    const { choosing, publisher, results } = worldOf('gone');
    await choosing.publish([envelope({ leaf: 'lenient', instance: 'i-1' })]);
    expect(publisher.published).toEqual([envelope({ leaf: 'lenient' })]);
    expect(results.sent).toEqual([]);
  });

  it.each([
    ['a job that is gone', { job: 'nobody' }],
    ['a leaf that is gone', { leaf: 'nobody' }],
    ['a leaf that is called like a member of all objects', { leaf: 'constructor' }],
  ])('fails where it is one of %s', async (_, changes) => {
    const { choosing, results } = worldOf();
    await choosing.publish([envelope({ instance: 'i-1', ...changes })]);
    expect(failures(results.sent)).toEqual(['no-such-instance']);
  });

  it('is not lost where it cannot be sent: the whole publication fails', async () => {
    const { choosing } = worldOf();
    const broken = createChoosingPublisher({
      ...{ jobs: new Map([[job.name, job]]), publisher: capturedPublisher(), results: capturedResults() },
      ...{ telemetry: capturedTelemetry(), directory: { find: async () => ({ address: 'q' }) } },
      instances: { send: () => Promise.reject(new Error('no')) },
    });
    await expect(broken.publish([envelope({ instance: 'i-1' })])).rejects.toThrow('no');
    await choosing.publish([]);
  });

  it('is sent beside a thousand others, a few at a time', async () => {
    const { choosing, sent, publisher } = worldOf();
    const many = Array.from({ length: 1_000 }, (_, index) => envelope(index % 2 ? { instance: `i-${index}` } : {}));
    await choosing.publish(many);
    expect([sent.length, publisher.published.length]).toEqual([500, 500]);
  });
});

describe('the directory', () => {
  const known = { history: 0b1, seenAt: 0, address: 'q/one' };
  const censusOf = (members: object) => ({
    ...noCensus('pricing'),
    members: new Map(Object.entries(members)) as ReturnType<typeof noCensus>['members'],
  });

  it('knows who has answered, and not who is gone or says no address', async () => {
    const members = { one: known, gone: { ...known, history: 0b1000 }, silent: { history: 1, seenAt: 0 } };
    const directory = createDirectory({ read: async () => censusOf(members) }, fakeClock());
    expect(await directory.find('pricing', 'one')).toEqual({ address: 'q/one' });
    for (const name of ['gone', 'silent', 'nobody']) expect(await directory.find('pricing', name)).toBe('unknown');
  });

  it('reads a census once in a while, and again for whoever is not in it', async () => {
    const clock = fakeClock();
    let reads = 0;
    const read: CensusStore['read'] = async () => {
      reads++;
      return censusOf(reads > 1 ? { one: known, two: known } : { one: known });
    };
    const directory = createDirectory({ read }, clock);
    for (let asked = 0; asked < 5; asked++) await directory.find('pricing', 'one');
    expect(reads).toBe(1);
    expect(await directory.find('pricing', 'two')).toEqual({ address: 'q/one' });
    expect(reads).toBe(2);
    clock.passTo(clock.now() + 5_000);
    await directory.find('pricing', 'one');
    expect(reads).toBe(3);
  });

  it('asks again after a read that failed', async () => {
    let broken = true;
    const read: CensusStore['read'] = async () => {
      if (broken) throw new Error('no');
      return censusOf({ one: known });
    };
    const directory = createDirectory({ read }, fakeClock());
    await expect(directory.find('pricing', 'one')).rejects.toThrow('no');
    broken = false;
    expect(await directory.find('pricing', 'one')).toEqual({ address: 'q/one' });
  });
});

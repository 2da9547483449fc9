/**
 * Attendance takes answers to roll-calls, a batch at a time: those of one roll-call are kept together, then counted. What it
 * cannot read, or what comes for a roll-call that there is not, is said and left: it harms nobody, and nobody waits for it.
 */
import type { SQSRecord } from 'aws-lambda';
import { messageOf } from '../../shared/core/errors.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import type { Clock, Ids } from '../../shared/core/ports/runtime.ts';
import type { Telemetry } from '../../shared/core/ports/telemetry.ts';
import type { AnswerStore } from '../../shared/core/roll-call/ports.ts';
import { type PresentEnvelope, parsePresent } from '../../shared/core/roll-call/present.ts';
import { answerBy, type RollAnswer, type RollCall } from '../../shared/core/roll-call/roll-call.ts';

export interface Attending {
  readonly store: AnswerStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'chunkId'>;
  readonly telemetry: Telemetry;
}

/** An answer, and the message it came in. */
interface Received {
  readonly envelope: PresentEnvelope;
  readonly receivedAt: number;
  readonly record: SQSRecord;
}

/** Takes in a batch of answers; the records that are to come again, for I/O that broke. */
export async function attend(attending: Attending, records: readonly SQSRecord[]): Promise<readonly SQSRecord[]> {
  const received = records.flatMap((record) => read(attending, record));
  const rollCalls = Map.groupBy(received, ({ envelope }) =>
    JSON.stringify([envelope.rollCallId, envelope.answersToken]),
  );
  const failed = [...rollCalls.values()].map(async (answers) => {
    try {
      await takeAnswers(attending, answers);
      return [];
    } catch (error) {
      attending.telemetry.warn('answers not taken in', { error: messageOf(error, LIMITS.messageLength) });
      return answers.map(({ record }) => record);
    }
  });
  return (await Promise.all(failed)).flat();
}

/** When SQS has had a message is the same at each of its deliveries, and no sender's word. */
function read(attending: Attending, record: SQSRecord): Received[] {
  try {
    const envelope = parsePresent(JSON.parse(record.body));
    return [{ envelope, receivedAt: Number(record.attributes.SentTimestamp), record }];
  } catch (error) {
    refuse(attending, 1, { messageId: record.messageId, reason: messageOf(error, LIMITS.messageLength) });
    return [];
  }
}

/** Takes the answers of one roll-call, all with the same token. */
async function takeAnswers(attending: Attending, received: readonly Received[]): Promise<void> {
  const { store, clock, ids, telemetry } = attending;
  const [first] = received;
  if (!first) return;
  const { rollCallId, answersToken } = first.envelope;
  const rollCall = await store.read(rollCallId, clock.now());
  if (rollCall?.answersToken !== answersToken)
    return refuse(attending, received.length, { rollCallId, reason: 'unknown roll-call or token' });
  const answers = received.map(answerOf).filter(({ receivedAt }) => isWanted(rollCall, receivedAt));
  let late = received.length - answers.length;
  if (answers.length > 0) {
    await store.putAnswers(rollCall, answersToken, { chunkId: ids.chunkId(), answers });
    const marked = await store.mark(rollCallId, answersToken, answers.length, LIMITS.answersTaken);
    if (marked === 'refused') late += answers.length;
  }
  if (late > 0) telemetry.count('AnswersLate', late);
}

const isWanted = (rollCall: RollCall, receivedAt: number): boolean =>
  rollCall.state === 'open' && rollCall.arrived < LIMITS.answersTaken && receivedAt <= answerBy(rollCall);

function answerOf({ envelope, receivedAt }: Received): RollAnswer {
  const { v: _, kind: __, rollCallId: ___, answersToken: ____, ...instance } = envelope;
  return { ...instance, receivedAt };
}

function refuse({ telemetry }: Attending, answers: number, fields: Readonly<Record<string, unknown>>): void {
  telemetry.count('AnswersRefused', answers);
  telemetry.warn('answers refused', fields);
}

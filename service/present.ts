/** How an instance answers a roll-call. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Telemetry } from '../shared/core/ports/telemetry.ts';
import type { PresentEnvelope } from '../shared/core/roll-call/present.ts';
import type { Instance, RollCallEnvelope } from '../shared/core/roll-call/roll-call.ts';

/** What an instance says of itself; what changes is asked for at each roll-call. */
export interface Present extends Omit<Instance, 'metadata'> {
  readonly metadata?: () => Readonly<Record<string, unknown>>;
}

/** Whether a message asks who is there, as far as that needs to be known to answer. */
export function isRollCall(message: unknown): message is RollCallEnvelope {
  const { v, kind, rollCallId, answersToken, replyTo } = (message ?? {}) as Partial<Record<string, unknown>>;
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
  return v === 1 && kind === 'roll-call' && [rollCallId, answersToken, replyTo].every(isText);
}

/** What is to be said, and to whom; nothing where others are asked, or nobody waits any more at `now`. */
export function presentAt(
  { rollCallId, answersToken, services, answerBy, replyTo }: RollCallEnvelope,
  { metadata, ...instance }: Present,
  now: number,
): { readonly to: string; readonly body: PresentEnvelope }[] {
  if (now >= answerBy || (services && !services.includes(instance.service))) return [];
  const said = metadata ? { metadata: metadata() } : {};
  return [{ to: replyTo, body: { v: 1, kind: 'present', rollCallId, answersToken, ...instance, ...said } }];
}

export interface Answerer {
  readonly sqs: SQSClient;
  readonly present: Present;
  readonly telemetry: Pick<Telemetry, 'warn'>;
}

/** Answers a roll-call at `now`, if it is to. Never throws: it is worth nothing a moment later, and tasks may have come with it. */
export async function answerRollCall(
  { sqs, present, telemetry }: Answerer,
  asked: RollCallEnvelope,
  now: number,
): Promise<void> {
  try {
    for (const { to, body } of presentAt(asked, present, now))
      await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: JSON.stringify(body) }));
  } catch (error) {
    telemetry.warn('roll-call not answered', { rollCallId: asked.rollCallId, error: String(error) });
  }
}

/** What an instance is put through that answers roll-calls. */
import { messageOf } from '../shared/core/errors.ts';
import { parsePresent } from '../shared/core/roll-call/present.ts';
import { rollCall } from './envelopes.ts';
import type { PresentAnswer } from './mailbox.ts';
import { type Breach, breach } from './rules.ts';
import type { Trial, Trying } from './trials.ts';

const wrong = (what: string): Breach => breach('roll-call', what);

/** Trials of the roll-calls of `service`. */
export const rollCallTrials = (service: string): readonly Trial[] => [
  { name: 'a roll-call of everybody', run: (trying) => asked(trying, service, undefined) },
  { name: 'a roll-call of its service', run: (trying) => asked(trying, service, ['another', service]) },
  { name: 'a roll-call of others, and one that is over', run: (trying) => notAsked(trying, service) },
];

async function asked(trying: Trying, service: string, services: readonly string[] | undefined): Promise<Breach[]> {
  const { leaf, mailbox, waitMs } = trying;
  const message = rollCall({ replyTo: leaf.replyTo, ...(services ? { services } : {}) });
  await leaf.send(JSON.stringify(message));
  const [answer, ...others] = await mailbox.presentAt(message.rollCallId, waitMs);
  if (!answer) return [wrong(`nobody answered within ${waitMs} ms`)];
  const { present, over } = answer;
  return [
    ...(others.length > 0 ? [wrong('it was answered more than once')] : []),
    ...formBreaches(present),
    ...(present.answersToken === message.answersToken ? [] : [wrong('answersToken is not that of the roll-call')]),
    ...(present.service === service ? [] : [wrong(`service is ${JSON.stringify(present.service)}, not "${service}"`)]),
    ...(over && !isRight(over, message) ? [wrong('it was sent to another path, or without the token')] : []),
  ];
}

function formBreaches(present: PresentAnswer['present']): Breach[] {
  try {
    parsePresent(present);
    return [];
  } catch (error) {
    return [wrong(`it is no answer to a roll-call: ${messageOf(error, 200)}`)];
  }
}

const isRight = (
  { path, token }: NonNullable<PresentAnswer['over']>,
  { answersPath, answersToken }: { readonly answersPath: string; readonly answersToken: string },
): boolean => path === answersPath && token === answersToken;

async function notAsked({ leaf, mailbox, waitMs, quietMs }: Trying, service: string): Promise<Breach[]> {
  const others = rollCall({ replyTo: leaf.replyTo, services: ['another', `${service}-too`] });
  const over = rollCall({ replyTo: leaf.replyTo, isOver: true });
  const last = rollCall({ replyTo: leaf.replyTo });
  for (const message of [others, over, last]) await leaf.send(JSON.stringify(message));
  await mailbox.presentAt(last.rollCallId, waitMs);
  return [
    ...((await mailbox.presentAt(others.rollCallId, quietMs)).length > 0 ? [wrong('one of others was answered')] : []),
    ...((await mailbox.presentAt(over.rollCallId, 0)).length > 0 ? [wrong('one that is over was answered')] : []),
  ];
}

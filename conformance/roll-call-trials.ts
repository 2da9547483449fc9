/** What an instance is put through that answers roll-calls. */
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
    ...(present.v === 1 ? [] : [wrong('v is not 1')]),
    ...(present.answersToken === message.answersToken ? [] : [wrong('answersToken is not that of the roll-call')]),
    ...(present.service === service ? [] : [wrong(`service is ${JSON.stringify(present.service)}, not "${service}"`)]),
    ...(NAME.test(String(present.instanceId)) ? [] : [wrong('instanceId is no name')]),
    ...metadataBreaches(present),
    ...(over && !isRight(over, message) ? [wrong('it was sent to another path, or without the token')] : []),
  ];
}

const NAME = /^[A-Za-z0-9._-]{1,128}$/;
const METADATA_BYTES = 2_048;

function metadataBreaches({ metadata }: PresentAnswer['present']): Breach[] {
  if (metadata === undefined) return [];
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    return [wrong('metadata is no object')];
  return Buffer.byteLength(JSON.stringify(metadata)) > METADATA_BYTES ? [wrong('metadata is over 2 KiB')] : [];
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

/** An instance's answer to a roll-call as a message, in any language. Parsing trusts nothing. */
import { InvalidEnvelopeError } from '../errors.ts';
import { wireBytes } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { type Members, requireObject, requireText } from '../members.ts';
import type { Instance } from './roll-call.ts';

export interface PresentEnvelope extends Instance {
  readonly v: 1;
  readonly kind: 'present';
  readonly rollCallId: string;
  readonly answersToken: string;
}

/** A service's or an instance's name: in a key, beside a slash, it is still one name. */
export const isMemberName = (value: unknown): value is string =>
  typeof value === 'string' && MEMBER_NAME.test(value) && value.length <= LIMITS.memberNameLength;

const MEMBER_NAME = /^[A-Za-z0-9._-]+$/;

/**
 * Reads an answer from a message body already parsed from JSON; members that are not known are left out.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong, and its limit.
 */
export function parsePresent(body: unknown): PresentEnvelope {
  const answer = requireObject(body, 'the answer');
  if (answer.v !== 1) throw new InvalidEnvelopeError('v must be 1');
  if (answer.kind !== 'present') throw new InvalidEnvelopeError('kind must be present');
  for (const name of ['rollCallId', 'answersToken']) requireText(answer, name, LIMITS.nameLength);
  const { rollCallId, answersToken } = answer as Members & Pick<PresentEnvelope, 'rollCallId' | 'answersToken'>;
  return { v: 1, kind: 'present', rollCallId, answersToken, ...parseInstance(answer) };
}

/** What an answer says of the instance. @throws InvalidEnvelopeError naming the first member that is wrong. */
export function parseInstance(answer: Members): Instance {
  for (const name of ['service', 'instanceId'])
    if (!isMemberName(answer[name])) throw new InvalidEnvelopeError(`${name} must be ${MEMBER_NAME_RULE}`);
  if (answer.version !== undefined) requireText(answer, 'version', LIMITS.memberNameLength);
  if (answer.address !== undefined) requireText(answer, 'address', LIMITS.addressLength);
  if (answer.metadata !== undefined) checkMetadata(answer.metadata);
  const { service, instanceId, version, address, metadata } = answer as Members & Instance;
  return {
    ...{ service, instanceId },
    ...(version === undefined ? {} : { version }),
    ...(address === undefined ? {} : { address }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** What a name of a service or an instance has to be, in words. */
export const MEMBER_NAME_RULE = `1 to ${LIMITS.memberNameLength} characters of A-Z, a-z, 0-9, '.', '_' and '-'`;

function checkMetadata(metadata: unknown): void {
  const bytes = wireBytes(requireObject(metadata, 'metadata'));
  if (bytes > LIMITS.metadataBytes)
    throw new InvalidEnvelopeError(`metadata takes ${bytes} bytes, over the limit of ${LIMITS.metadataBytes}`);
}

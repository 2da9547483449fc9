/**
 * Where fauxqs 2.4.1 is kinder than AWS, in ways that could hide a fault of a function. Each rule says what AWS says.
 */

export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** Of the answer; 400 unless it says otherwise. */
  readonly status?: number;
}

type Body = Record<string, unknown>;
type Rule = (body: Body) => Refusal | undefined;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html (read November 2026) */
const LONGEST_DELAY_SECONDS = 900;
const MOST_MESSAGE_ATTRIBUTES = 10;
/** https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html (read November 2026) */
const LONGEST_PUBLISH_BATCH_BYTES = 256 * 1024;

const RULES: Readonly<Record<string, Rule>> = {
  SendMessage: refusedMessage,
  SendMessageBatch: ({ Entries }) => asList(Entries).map(refusedMessage).find(Boolean),
  ReceiveMessage: hideUnaskedAttributes,
  PublishBatch: refusedPublishBatch,
  Subscribe: refusedSubscription,
  SetSubscriptionAttributes: ({ AttributeName, AttributeValue }) =>
    refusedAttribute(String(AttributeName), String(AttributeValue)),
};

/** Why AWS would refuse this call although fauxqs takes it; undefined if it would not. May trim the call to what AWS would do. */
export function refusal(action: string, body: Body): Refusal | undefined {
  return RULES[action]?.(body);
}

function refusedMessage({ DelaySeconds, MessageAttributes }: Body): Refusal | undefined {
  if (DelaySeconds !== undefined && !(Number(DelaySeconds) >= 0 && Number(DelaySeconds) <= LONGEST_DELAY_SECONDS)) {
    const reason = `DelaySeconds must be >= 0 and <= ${LONGEST_DELAY_SECONDS}.`;
    return invalid(`Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: ${reason}`);
  }
  if (Object.keys(MessageAttributes ?? {}).length > MOST_MESSAGE_ATTRIBUTES)
    return invalid(`Number of message attributes exceeds the allowed maximum [${MOST_MESSAGE_ATTRIBUTES}].`);
  return undefined;
}

/** fauxqs hands out every message attribute when none is asked for; asking for one that cannot exist hides them, as on AWS. */
function hideUnaskedAttributes(body: Body): undefined {
  if (asList(body.MessageAttributeNames).length === 0) body.MessageAttributeNames = [' '];
}

function refusedPublishBatch(body: Body): Refusal | undefined {
  const bytes = Object.entries(body)
    .filter(([key]) => /\.Message$|\.MessageAttributes\..*(Name|DataType|Value)$/.test(key))
    .reduce((sum, [, value]) => sum + Buffer.byteLength(String(value)), 0);
  if (bytes <= LONGEST_PUBLISH_BATCH_BYTES) return undefined;
  return {
    code: 'BatchRequestTooLong',
    message: `The length of all the messages put together is more than the limit: ${bytes} bytes.`,
  };
}

/** Attributes come as numbered pairs. */
function refusedSubscription(body: Body): Refusal | undefined {
  const { Protocol, Endpoint } = body;
  if (/^https?$/.test(String(Protocol)) && !String(Endpoint).startsWith(`${Protocol}://`))
    return invalidSns(`Endpoint must match the specified protocol`);
  const names = Object.entries(body).filter(([key]) => /^Attributes\.entry\.\d+\.key$/.test(key));
  return names
    .map(([key, name]) => refusedAttribute(String(name), String(body[key.replace(/key$/, 'value')])))
    .find(Boolean);
}

/** fauxqs judges some filters otherwise than SNS does, and retries nothing: what is not as on AWS is refused. */
function refusedAttribute(name: string, value: string): Refusal | undefined {
  if (name === 'DeliveryPolicy')
    return invalidSns('DeliveryPolicy: the local cloud tries again as SNS does without one');
  if (name === 'FilterPolicyScope' && value !== 'MessageAttributes')
    return invalidSns('FilterPolicyScope: the local cloud filters on message attributes only');
  if (name !== 'FilterPolicy' || isExactFilter(value)) return undefined;
  return invalidSns('FilterPolicy: the local cloud takes lists of exact strings only');
}

function isExactFilter(json: string): boolean {
  try {
    const conditions = Object.values(JSON.parse(json) as Record<string, unknown>);
    return conditions.every((each) => Array.isArray(each) && each.every((word) => typeof word === 'string'));
  } catch {
    return false;
  }
}

const invalidSns = (reason: string): Refusal => ({ code: 'InvalidParameter', message: `Invalid parameter: ${reason}` });

function invalid(message: string): Refusal {
  return { code: 'InvalidParameterValue', message };
}

function asList(value: unknown): Body[] {
  return Array.isArray(value) ? value : [];
}

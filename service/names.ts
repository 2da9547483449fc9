/** What the queues of a service are called, and how it is known whose they are. */
import { FanfoldError } from '../shared/core/errors.ts';

/** Who a queue belongs to. */
export interface Owner {
  readonly stackName: string;
  readonly service: string;
  readonly instanceId: string;
}

/** SQS: 1 to 80 characters of these (SQS API reference, CreateQueue, 2026-11). */
const QUEUE_NAME = /^[A-Za-z0-9_-]{1,80}$/;

export const instancePrefix = (stackName: string): string => `${stackName}-instance-`;

/** The queue of all instances of a service, where the tasks come in that any of them may do. @throws FanfoldError `invalid-name`. */
export const serviceQueueName = ({ stackName, service }: Pick<Owner, 'stackName' | 'service'>): string =>
  checked(`${stackName}-service-${service}`);

/** The queue of one instance, for roll-calls and for tasks that are meant for it alone. @throws FanfoldError `invalid-name`. */
export const instanceQueueName = ({ stackName, service, instanceId }: Owner): string =>
  checked(`${instancePrefix(stackName)}${service}-${instanceId}`);

function checked(name: string): string {
  if (QUEUE_NAME.test(name)) return name;
  throw new FanfoldError('invalid-name', `${name} is no name of a queue: 1 to 80 characters of A-Z, a-z, 0-9, - and _`);
}

export const TAGS = { stack: 'fanfold:stack', service: 'fanfold:service', instance: 'fanfold:instance' } as const;

/** The tags of a queue: only what is tagged as this stack's is ever written to, or removed. */
export const tagsOf = ({ stackName, service, instanceId }: Omit<Owner, 'instanceId'> & Partial<Owner>) => ({
  [TAGS.stack]: stackName,
  [TAGS.service]: service,
  ...(instanceId === undefined ? {} : { [TAGS.instance]: instanceId }),
});

/** Whose instance's queue this is by its tags; nothing if it is none of the stack's. */
export function ownerOf(tags: Readonly<Record<string, string>>, stackName: string): Owner | undefined {
  const { [TAGS.stack]: stack, [TAGS.service]: service, [TAGS.instance]: instanceId } = tags;
  return stack === stackName && service && instanceId ? { stackName, service, instanceId } : undefined;
}

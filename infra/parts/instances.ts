import { ArnFormat, Stack } from 'aws-cdk-lib';
import { acceptFinding } from '../resources/findings.ts';
import type { Grantee } from '../resources/grantee.ts';

/** Lets `sender` put messages into the queues of the stack's instances, which make and tag them themselves, and into no other. */
export function permitInstances(sender: Grantee): void {
  const stack = Stack.of(sender);
  const queues = stack.formatArn({
    ...{ service: 'sqs', resource: `${stack.stackName}-instance-*`, arnFormat: ArnFormat.NO_RESOURCE_NAME },
  });
  sender.permit(['sqs:SendMessage', 'sqs:ListQueueTags'], queues, {
    StringEquals: { 'aws:ResourceTag/fanfold:stack': stack.stackName },
  });
  const arn = `arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:${stack.stackName}-instance-*`;
  acceptFinding(sender, `AwsSolutions-IAM5[Resource::${arn}]`, INSTANCES_COME_AND_GO);
}

const INSTANCES_COME_AND_GO =
  'Instances of services make their own queues, whose names nobody knows yet. The statement holds for queues that are called ' +
  'and tagged as those of this stack alone.';

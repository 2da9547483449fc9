import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { toyApp, toyStack } from './support.ts';

function findings(stack: Stack): string[] {
  Template.fromStack(stack);
  const { violations } = new AwsSolutionsChecks().validateScope(stack);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
  );
}

describe('cdk-nag’s AwsSolutions pack', () => {
  it.each([
    { alarmEmail: 'someone@example.com' },
    { auth: 'jwt', jwtIssuer: 'https://login.example.com', jwtAudience: 'fanfold' },
    { auth: 'none' },
    { services: 'root' },
  ])('finds nothing with %j', (context) => {
    expect(findings(toyStack(context))).toEqual([]);
  });

  it('finds what there is to find', () => {
    const stack = new Stack(toyApp(), 'Careless');
    new Bucket(stack, 'Bucket');
    expect(findings(stack).length).toBeGreaterThan(0);
  });
});

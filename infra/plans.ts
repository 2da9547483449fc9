/** Warns at synthesis of jobs whose usual request would break a quota or its own target, if they say what is usual. */
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { planWarnings } from '../shared/core/plan/job-plan.ts';
import type { JobOutline } from './jobs.ts';

export function warnOfPlans(scope: Construct, jobs: readonly JobOutline[]): void {
  for (const { subject, constraint, message } of jobs.flatMap(planWarnings))
    Annotations.of(scope).addWarningV2(`fanfold:plan:${subject}:${constraint}`, message);
}

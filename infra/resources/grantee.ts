/** Whoever is permitted something: a function's role, or a policy for a process that runs elsewhere. */
import type { IConstruct } from 'constructs';

export interface Grantee extends IConstruct {
  /** Adds `actions` on one resource, named by its ARN, under IAM's `conditions` if there are any. */
  permit(actions: string[], resourceArn: string, conditions?: Record<string, unknown>): void;
}

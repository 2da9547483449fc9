import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { FACT_ATTRIBUTES } from '../../shared/core/ports/request-facts.ts';
import { ROLL_CALL_FACT_ATTRIBUTES } from '../../shared/core/roll-call/ports.ts';
import type { Grantee } from './grantee.ts';

const GATHERING_ACTIONS = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'];

/**
 * The gatherings. `Table`, not `TableV2`: one region is all a gathering needs, and AWS::DynamoDB::Table is what every
 * emulator knows, where AWS::DynamoDB::GlobalTable is not. It goes with the stack, since all it holds expires within
 * days; point-in-time recovery is for the mistake in between.
 */
export class GatheringsTable extends Table {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttlEpochSeconds',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.AWS_MANAGED,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Lets `user` read gatherings and write them, never scan the table or delete from it. */
  permitGathering(user: Grantee): void {
    user.permit(GATHERING_ACTIONS, this.tableArn);
  }

  /** Lets `user` do `actions` on roll-calls, or on other `partitions` too, and on nothing else of the table. */
  permitRollCalls(user: Grantee, actions: string[], partitions: string[] = []): void {
    user.permit(actions, this.tableArn, {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['ROLLCALL#*', ...partitions] },
      // ForAllValues holds where there is no value at all.
      Null: { 'dynamodb:LeadingKeys': 'false' },
    });
  }

  /** Lets `user` read what tells a roll-call's own answers from forged ones, and nothing of whom it asks or who answered. */
  permitRollCallFacts(user: Grantee): void {
    this.#permitAttributes(user, ROLL_CALL_FACT_ATTRIBUTES);
  }

  /** Lets `user` read whether a request is open, and nothing else of any item: neither a token nor an answer. */
  permitRequestStates(user: Grantee): void {
    this.#permitAttributes(user, ['state']);
  }

  /** Lets `user` read what tells a request's own results from forged ones, and nothing of what came in or is answered. */
  permitRequestFacts(user: Grantee): void {
    this.#permitAttributes(user, FACT_ATTRIBUTES);
  }

  /**
   * A read that names no attributes is refused (DynamoDB developer guide, "Using IAM policy conditions for fine-grained
   * access control", 2026-11); the keys have to be among those that may be named.
   */
  #permitAttributes(user: Grantee, names: readonly string[]): void {
    user.permit(['dynamodb:GetItem'], this.tableArn, {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', ...names] },
      // ForAllValues holds where there is no value at all.
      Null: { 'dynamodb:Attributes': 'false' },
      StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    });
  }
}

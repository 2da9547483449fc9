import { Annotations, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type OpenOperationId, ROUTES } from '../../shared/http/routes.ts';
import { acceptFinding } from '../resources/findings.ts';
import type { HardenedFunction } from '../resources/function.ts';
import { HardenedLogGroup } from '../resources/log-group.ts';

/** Who may call the API: principals of AWS by signature, holders of a token from `issuer`, or anyone. */
export type ApiAuth =
  | { readonly kind: 'iam' | 'none' }
  | { readonly kind: 'jwt'; readonly issuer: string; readonly audience: string };

export interface ApiProps {
  readonly auth: ApiAuth;
  readonly distributor: HardenedFunction;
  readonly status: HardenedFunction;
  readonly rollCall: HardenedFunction;
  readonly intake: HardenedFunction;
  readonly logRetention: RetentionDays;
}

/** Calls a second, and at once, over all callers together; what is above is API Gateway's 429. */
const THROTTLE = { rateLimit: 1_000, burstLimit: 500 } as const;

/** What each call leaves in the access log: who, what, how it went; no header and no body. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  requestedAt: '$context.requestTimeEpoch',
  ip: '$context.identity.sourceIp',
  user: '$context.identity.user',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
} as const;

const OPEN_ROUTE_REASONS: Readonly<Record<OpenOperationId, string>> = {
  checkHealth: 'Load balancers and monitors probe /health unsigned; it tells nothing of any request.',
  readSchema:
    'Whoever writes a leaf reads what messages hold; it is the same for all deployments, and tells nothing of one.',
  sendAnswer: "The roll-call's own answers token is the authority, and services may have no principal of this account.",
  sendResults: "The request's own results token is the authority, and leaves have no principal of this account.",
};

export const OPEN_TO_ANYONE =
  'auth=none: anyone who finds the URL of this API can submit requests at your cost, and read and cancel all of them';

/**
 * The HTTP API: submissions go to the distributor, answers of leaves to the intake, roll-calls to their own function, and
 * everything else to the status function. Its catch-all route makes 404 and 405 answers of ours. Every route is authorized but
 * `/health`, which says nothing but that the API is there, and those whose calls bring a token of their own.
 */
export class Api extends Construct {
  readonly url: string;
  readonly apiId: string;
  readonly #api: HttpApi;

  constructor(scope: Construct, id: string, { auth, logRetention, ...functions }: ApiProps) {
    super(scope, id);
    this.#api = new HttpApi(this, 'HttpApi', { apiName: Stack.of(this).stackName, createDefaultStage: false });
    this.url = this.#api.apiEndpoint;
    this.apiId = this.#api.apiId;
    this.#addStage(logRetention);
    this.#addRoutes(authorizer(auth), functions);
    if (auth.kind === 'none') this.#admitAnyone();
  }

  #addStage(logRetention: RetentionDays): void {
    const logGroup = new HardenedLogGroup(this, 'AccessLogs', logRetention);
    new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
  }

  #addRoutes(authorizer: IHttpRouteAuthorizer, functions: Omit<ApiProps, 'auth' | 'logRetention'>): void {
    const integrations = {
      distributor: new HttpLambdaIntegration('Submit', functions.distributor.lambda),
      status: new HttpLambdaIntegration('Describe', functions.status.lambda),
      intake: new HttpLambdaIntegration('Take', functions.intake.lambda),
      rollCall: new HttpLambdaIntegration('RollCall', functions.rollCall.lambda),
    };
    for (const route of ROUTES) {
      const { path, method } = route;
      const [added] = this.#api.addRoutes({
        path,
        methods: [HttpMethod[method]],
        integration: integrations[route.function],
        authorizer: route.auth ? authorizer : new HttpNoneAuthorizer(),
      });
      if (added && !route.auth) acceptFinding(added, 'AwsSolutions-APIG4', OPEN_ROUTE_REASONS[route.operationId]);
    }
    const routeKey = HttpRouteKey.DEFAULT;
    new HttpRoute(this, 'CatchAll', { httpApi: this.#api, routeKey, integration: integrations.status, authorizer });
  }

  #admitAnyone(): void {
    Annotations.of(this).addWarningV2('fanfold:open-to-anyone', OPEN_TO_ANYONE);
    acceptFinding(this, 'AwsSolutions-APIG4', 'Whoever deploys asked for auth=none, and was told what it means.');
  }
}

function authorizer(auth: ApiAuth): IHttpRouteAuthorizer {
  if (auth.kind === 'jwt') return new HttpJwtAuthorizer('Jwt', auth.issuer, { jwtAudience: [auth.audience] });
  return auth.kind === 'iam' ? new HttpIamAuthorizer() : new HttpNoneAuthorizer();
}

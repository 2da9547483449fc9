/** Amazon API Gateway's HTTP API: which route takes a request, and where it leads. */
import { LocalCloudError } from '../../failure.ts';
import { isObject } from '../../template/json.ts';
import type { Resource, Stack } from '../../template/stack.ts';
import type { LambdaFunction } from '../lambda/function.ts';

export type Authorization =
  | { readonly kind: 'NONE' }
  | { readonly kind: 'AWS_IAM' }
  | { readonly kind: 'JWT'; readonly issuer: string };

export interface Route {
  /** `POST /v1/jobs/{job}`, or `$default`. */
  readonly key: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly target: LambdaFunction;
  readonly authorization: Authorization;
  readonly timeoutMs: number;
}

export interface Match {
  readonly route: Route;
  readonly pathParameters?: Readonly<Record<string, string>>;
}

/** An integration's longest and default: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (read November 2026) */
export const INTEGRATION_TIMEOUT_MS = 30_000;

/** The routes of the stack's one HTTP API. Throws what the local cloud cannot serve, naming it. */
export function readRoutes(stack: Stack, functions: ReadonlyMap<string, LambdaFunction>): Route[] {
  const apis = stack.ofType('AWS::ApiGatewayV2::Api');
  const [, second] = apis;
  if (second) throw unsupported(second, 'a second API: it serves one');
  for (const api of apis)
    if (api.properties.ProtocolType !== 'HTTP') throw unsupported(api, `the protocol ${api.properties.ProtocolType}`);
  for (const stage of stack.ofType('AWS::ApiGatewayV2::Stage'))
    if (stage.properties.StageName !== '$default') throw unsupported(stage, 'a stage other than $default');
  return stack.ofType('AWS::ApiGatewayV2::Route').map((route) => readRoute(route, stack, functions));
}

function readRoute(route: Resource, stack: Stack, functions: ReadonlyMap<string, LambdaFunction>): Route {
  const key = String(route.properties.RouteKey);
  const [method = '', path = ''] = key === '$default' ? ['ANY', ''] : key.split(' ');
  const integration = stack.named(String(route.properties.Target).replace(/^integrations\//, ''));
  const { IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis } = integration?.properties ?? {};
  const target = functions.get(stack.named(IntegrationUri)?.logicalId ?? '');
  if (!target || IntegrationType !== 'AWS_PROXY')
    throw unsupported(route, 'an integration that is not a function of this stack');
  if (PayloadFormatVersion !== '2.0') throw unsupported(route, `the payload format ${PayloadFormatVersion}`);
  const timeoutMs = Number(TimeoutInMillis ?? INTEGRATION_TIMEOUT_MS);
  return { key, method, segments: segmentsOf(path), target, authorization: authorizationOf(route, stack), timeoutMs };
}

function authorizationOf(route: Resource, stack: Stack): Authorization {
  const { AuthorizationType = 'NONE', AuthorizerId } = route.properties;
  if (AuthorizationType === 'NONE' || AuthorizationType === 'AWS_IAM') return { kind: AuthorizationType };
  const configuration = stack.named(AuthorizerId)?.properties.JwtConfiguration;
  if (AuthorizationType !== 'JWT' || !isObject(configuration))
    throw unsupported(route, `the authorization ${AuthorizationType}`);
  return { kind: 'JWT', issuer: String(configuration.Issuer) };
}

/**
 * The most specific route: literal segments before parameters before `{proxy+}`, a method before ANY, `$default` last.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html (read November 2026)
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const segments = segmentsOf(path);
  const candidates = routes.filter(
    (route) => route.key !== '$default' && [method, 'ANY'].includes(route.method) && covers(route.segments, segments),
  );
  const [best] = candidates.sort((left, right) => specificity(right).localeCompare(specificity(left)));
  const route = best ?? routes.find(({ key }) => key === '$default');
  return route && { route, ...parametersOf(route, segments) };
}

function covers(pattern: readonly string[], segments: readonly string[]): boolean {
  const greedy = pattern.at(-1)?.endsWith('+}') ?? false;
  if (greedy ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((part, index) => part.startsWith('{') || part === segments[index]);
}

/** Sorts as text: one digit a segment, then the method's. */
function specificity({ segments, method }: Route): string {
  const parts = segments.map((part) => (part.endsWith('+}') ? '1' : part.startsWith('{') ? '2' : '3'));
  return parts.join('') + (method === 'ANY' ? '.0' : '.1');
}

function parametersOf({ segments: pattern }: Route, segments: readonly string[]): Pick<Match, 'pathParameters'> {
  const parameters = pattern.flatMap((part, index) => {
    if (!part.startsWith('{')) return [];
    return part.endsWith('+}')
      ? [[part.slice(1, -2), segments.slice(index).join('/')]]
      : [[part.slice(1, -1), segments[index] ?? '']];
  });
  return parameters.length > 0 ? { pathParameters: Object.fromEntries(parameters) } : {};
}

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

function unsupported({ logicalId }: Resource, what: string): LocalCloudError {
  return new LocalCloudError('unsupported', `${logicalId}: the local cloud does not serve ${what}`);
}

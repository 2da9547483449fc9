/**
 * The one table of routes: the API, its description and the infrastructure are made from it. Pure data.
 * Paths as API Gateway writes them; `query` lists the parameters an operation takes, any other is refused.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly function: 'distributor' | 'status' | 'intake' | 'rollCall';
  /** Whether a caller must be authorized. Where not, nothing is told, or a token in the call itself is the authority. */
  readonly auth: boolean;
  readonly query: readonly string[];
}

export const ROUTES = [
  {
    method: 'POST',
    path: '/v1/jobs/{job}',
    operationId: 'submitRequest',
    function: 'distributor',
    auth: true,
    query: ['deadlineMs', 'completion', 'callback'],
  },
  {
    method: 'GET',
    path: '/v1/requests/{requestId}',
    operationId: 'describeRequest',
    function: 'status',
    auth: true,
    query: ['wait', 'partial', 'version'],
  },
  {
    method: 'DELETE',
    path: '/v1/requests/{requestId}',
    operationId: 'cancelRequest',
    function: 'status',
    auth: true,
    query: [],
  },
  {
    method: 'GET',
    path: '/v1/requests/{requestId}/results',
    operationId: 'listResults',
    function: 'status',
    auth: true,
    query: ['cursor', 'limit'],
  },
  {
    method: 'POST',
    path: '/v1/requests/{requestId}/results',
    operationId: 'sendResults',
    function: 'intake',
    auth: false,
    query: [],
  },
  {
    method: 'POST',
    path: '/v1/roll-calls',
    operationId: 'callRoll',
    function: 'rollCall',
    auth: true,
    query: [],
  },
  {
    method: 'GET',
    path: '/v1/roll-calls/{rollCallId}',
    operationId: 'describeRollCall',
    function: 'rollCall',
    auth: true,
    query: [],
  },
  {
    method: 'POST',
    path: '/v1/roll-calls/{rollCallId}/answers',
    operationId: 'sendAnswer',
    function: 'intake',
    auth: false,
    query: [],
  },
  { method: 'GET', path: '/v1/jobs', operationId: 'listJobs', function: 'status', auth: true, query: [] },
  { method: 'GET', path: '/openapi.json', operationId: 'describeApi', function: 'status', auth: true, query: [] },
  { method: 'GET', path: '/schemas/{schema}', operationId: 'readSchema', function: 'intake', auth: false, query: [] },
  { method: 'GET', path: '/health', operationId: 'checkHealth', function: 'status', auth: false, query: [] },
] as const satisfies readonly Route[];

export type OperationId = (typeof ROUTES)[number]['operationId'];
export type OpenOperationId = Extract<(typeof ROUTES)[number], { auth: false }>['operationId'];

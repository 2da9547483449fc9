/**
 * A caller of the API who waits for answers, over plain HTTP. `fetch` would take half a millisecond of processor time a call, twice
 * what this does (measured November 2026), and whoever measures shares the processors with what is measured.
 */
import { Agent, type RequestOptions, request } from 'node:http';

export interface Answer {
  readonly requestId: string;
  readonly status: string;
  readonly deadlineAt: number;
  readonly aggregate: Readonly<Record<string, unknown>> | null;
}

/** Submits `input` and waits, in the same call and then by long polls, until the request has closed. Throws unless it ends as it should. */
export async function ask(
  url: string,
  job: string,
  input: object,
  query = '',
  { owner = 'bench', ends = 'complete' }: { readonly owner?: string; readonly ends?: string } = {},
): Promise<Answer> {
  const headers = { 'x-fanfold-owner': owner };
  let answer = await read(`${url}/v1/jobs/${job}${query}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', prefer: 'wait=10' },
    body: JSON.stringify(input),
  });
  while (answer.status === 'running')
    answer = await read(`${url}/v1/requests/${answer.requestId}?wait=20`, { headers });
  if (answer.status !== ends) throw new Error(`${job} ended ${answer.status}: ${JSON.stringify(answer)}`);
  return answer;
}

const agent = new Agent({ keepAlive: true });

interface Call extends Pick<RequestOptions, 'method'> {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

function read(url: string, { body, ...options }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject).on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve(JSON.parse(text));
        else reject(new Error(`${url} answered ${statusCode}: ${text}`));
      });
    });
    call.on('error', reject).end(body);
  });
}

/** A caller of the API who waits for answers. */

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

async function read(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

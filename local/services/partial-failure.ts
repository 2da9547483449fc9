/**
 * A batch that fails in part inside a 200, as SQS and SNS may let it: the entries a test picked never reach the emulator, and
 * its answer says that they failed.
 * https://docs.aws.amazon.com/sns/latest/api/API_BatchResultErrorEntry.html (read November 2026); SQS has the same of its own.
 */

interface BatchCall {
  readonly service: string;
  readonly body: Record<string, unknown>;
}

export interface Withheld {
  /** Whether any entry is left for the emulator. */
  readonly some: boolean;
  /** The emulator's answer, or that to nothing at all, with the entries that were withheld as failed. */
  answer(payload?: string): string;
}

const FAILURE = { Code: 'InternalError', Message: 'failed by the test', SenderFault: false } as const;

/** Takes the entries at `positions` (from 0) out of a batch. */
export function withhold({ service, body }: BatchCall, positions: readonly number[]): Withheld {
  return service === 'sns' ? withholdFromForm(body, positions) : withholdFromList(body, positions);
}

function withholdFromList(body: Record<string, unknown>, positions: readonly number[]): Withheld {
  const entries = (body.Entries ?? []) as { readonly Id: string }[];
  const isWithheld = (_: unknown, position: number) => positions.includes(position);
  const failed = entries.filter(isWithheld).map(({ Id }) => ({ Id, ...FAILURE }));
  body.Entries = entries.filter((entry, position) => !isWithheld(entry, position));
  return {
    some: failed.length < entries.length,
    answer: (payload = '{"Successful":[]}') => {
      const answer = JSON.parse(payload) as { Failed?: object[] };
      return JSON.stringify({ ...answer, Failed: [...(answer.Failed ?? []), ...failed] });
    },
  };
}

const MEMBER = 'PublishBatchRequestEntries.member.';
const NOTHING_DONE =
  '<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful></Successful>' +
  '<Failed></Failed></PublishBatchResult></PublishBatchResponse>';

/** A form numbers its entries from 1, in any order of its keys. */
function withholdFromForm(body: Record<string, unknown>, positions: readonly number[]): Withheld {
  const isEntry = (key: string, position: number) => key.startsWith(`${MEMBER}${position + 1}.`);
  const failed = positions.flatMap((position) => {
    const id = body[`${MEMBER}${position + 1}.Id`];
    for (const key of Object.keys(body)) if (isEntry(key, position)) delete body[key];
    return id === undefined ? [] : [failedMember(String(id))];
  });
  return {
    some: Object.keys(body).some((key) => key.startsWith(MEMBER)),
    answer: (payload = NOTHING_DONE) => payload.replace('<Failed>', `<Failed>${failed.join('')}`),
  };
}

function failedMember(id: string): string {
  const members = Object.entries({ Id: id, ...FAILURE }).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<member>${members.join('')}</member>`;
}

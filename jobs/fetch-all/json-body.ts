/** A body that says it is JSON, read as far as it can be carried on. */
import { BODY_BYTES, type Got } from './get.ts';
import { refused } from './hosts.ts';

/** Arrays and objects within one another: what is deeper than some thousand would break whoever writes it as JSON again. */
const DEPTH = 100;

const JSON_TYPE = /^\s*(application|text)\/([a-z0-9!#$&^_.+-]+\+)?json\s*(;|$)/i;
const hasNoContent = (status: number): boolean => status === 204 || status === 205 || status === 304;

/**
 * The JSON of a body whose content type says that it is; `undefined` of any other, and where there is none by its status.
 *
 * @throws FanfoldError when it is not JSON, or more than can be carried on.
 */
export function jsonOf({ status, contentType = '', body }: Got): { readonly json: unknown } | undefined {
  if (!JSON_TYPE.test(contentType) || hasNoContent(status)) return undefined;
  const json = parsed(body);
  if (isDeeper(json, DEPTH)) throw refused('json-too-deep', `it nests more than ${DEPTH} levels`);
  // `1e20` is four characters, and 21 when it is written again.
  if (Buffer.byteLength(JSON.stringify(json)) > BODY_BYTES)
    throw refused('body-too-large', `its JSON has more than ${BODY_BYTES} bytes when it is written again`);
  return { json };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw refused('invalid-json', 'its content type says JSON, and its body is none');
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}

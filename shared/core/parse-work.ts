/** Reading what larger requests and nested ones have others do: messages of the shards queue and of the scatter queue. */
import { isDivided } from './envelope.ts';
import { InvalidEnvelopeError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { requireCount, requireObject, requireText } from './members.ts';
import { parseHeader, parseResults } from './parse-envelope.ts';
import type { NestedEnding, NestedSubmission, ScatterRange, ShardLook } from './ports/work.ts';

/**
 * Reads a look at a shard from a message body already parsed from JSON.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong.
 */
export function parseShardLook(body: unknown): ShardLook {
  const look = requireObject(body, 'a look at a shard');
  requireText(look, 'requestId', LIMITS.nameLength);
  requireCount(look, 'shard', 0);
  const seen = requireObject(look.seen, 'seen');
  for (const name of ['arrived', 'failed']) requireCount(seen, name, 0);
  return look as unknown as ShardLook;
}

/**
 * Reads what a scatterer is to do, a range, a nested request, or ending some, from a message body already parsed from JSON.
 *
 * @throws InvalidEnvelopeError naming the first member that is wrong.
 */
export function parseScatterWork(body: unknown): ScatterRange | NestedSubmission | NestedEnding {
  const work = requireObject(body, 'what is to be scattered');
  if (work.kind === 'ended') return parseEnding(work);
  if ('kind' in work) return parseNested(work);
  requireText(work, 'requestId', LIMITS.nameLength);
  for (const name of ['shard', 'hops']) requireCount(work, name, 0);
  if (work.traceparent !== undefined) requireText(work, 'traceparent', LIMITS.nameLength);
  return work as unknown as ScatterRange;
}

function parseNested({ kind, header, result }: Readonly<Record<string, unknown>>): NestedSubmission {
  if (kind !== 'nested') throw new InvalidEnvelopeError('kind must be nested or ended, where it is there');
  const { expected } = parseHeader(header);
  const [divided] = parseResults({ results: [result] }, expected as number);
  if (!divided || !isDivided(divided)) throw new InvalidEnvelopeError('the result must be a request');
  return { kind, header: header as NestedSubmission['header'], result: divided };
}

function parseEnding(work: Readonly<Record<string, unknown>>): NestedEnding {
  requireText(work, 'requestId', LIMITS.nameLength);
  if (work.after !== undefined) {
    const after = requireObject(work.after, 'after');
    requireCount(after, 'taskIndex', 0);
    requireText(after, 'requestId', LIMITS.nameLength);
  }
  return work as unknown as NestedEnding;
}

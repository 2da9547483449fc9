/**
 * Values inside items: JSON as text while it is small, compressed when it is larger, and a claim when even that is more
 * than the item has room for. Who reads a value back does not see the difference.
 */
import { constants, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Claim, ClaimError } from '../core/claim.ts';
import { FanfoldError, messageOf } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { ClaimStore } from '../core/ports/claim-store.ts';
import type { Item } from './table.ts';

/** A write is billed by the KB, so below one there is nothing to save; above it, records shrink to a tenth or so (measured). */
const COMPRESS_FROM = 1_024;

type Packed = string | Uint8Array;

const level = (level: number) => ({ params: { [constants.ZSTD_c_compressionLevel]: level } });
/** A quarter of the time of the thorough one, or less, by what is to be compressed. */
const QUICK = level(1);
/** It makes no results larger than deflate did at its own (decision 36). */
const THOROUGH = level(6);
/** Of its bytes, what the quick level leaves of a text that the thorough one makes 2 % smaller at most; of others it saves up to a fifth (decision 55). */
const HARDLY_SHRUNK = 0.5;

/** What every frame begins with (RFC 8878, section 3.1.1), and no deflated text does. */
const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** JSON as one attribute: text, or compressed bytes. */
export function compressed(json: string): Packed {
  const text = Buffer.from(json);
  if (text.length < COMPRESS_FROM) return json;
  const quick = zstdCompressSync(text, QUICK);
  if (quick.length > text.length * HARDLY_SHRUNK) return quick;
  const thorough = zstdCompressSync(text, THOROUGH);
  return thorough.length < quick.length ? thorough : quick;
}

/** A value as one attribute. */
export const pack = (value: unknown): Packed => compressed(JSON.stringify(value) ?? 'null');

/** What `pack` made, or made of it before: until the last such item has expired, some are deflated. */
export function unpack(attribute: Packed): unknown {
  if (typeof attribute === 'string') return JSON.parse(attribute);
  const isFrame = MAGIC.equals(attribute.subarray(0, MAGIC.length));
  return JSON.parse((isFrame ? zstdDecompressSync(attribute) : inflateRawSync(attribute)).toString());
}

/** Where a value that an item has no room for is kept, and how long. */
export interface Vault {
  readonly claims: ClaimStore;
  readonly requestId: string;
  readonly ttlEpochSeconds: number;
}

/**
 * The item with a value in it, or its claim.
 *
 * @throws FanfoldError `item-too-large` when it is too large for that too, `item-not-json` when JSON cannot hold it
 */
export async function withValue(vault: Vault, item: Item, name: string, value: unknown): Promise<Item> {
  const json = jsonOf(name, value);
  const packed = compressed(json);
  const room = LIMITS.itemBytes - Object.values(item).reduce((bytes, attribute) => bytes + (attribute.length ?? 8), 0);
  if (packed.length <= room) return { ...item, [name]: packed };
  return { ...item, [claimOf(name)]: await claimed(vault, name, json) };
}

/** The value that `withValue` put there. */
export async function valueIn(
  { claims, requestId }: Pick<Vault, 'claims' | 'requestId'>,
  item: Item,
  name: string,
): Promise<unknown> {
  const claim = item[claimOf(name)] as Claim | undefined;
  return claim ? claims.get(requestId, claim) : unpack(item[name]);
}

function jsonOf(name: string, value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (cause) {
    throw new FanfoldError('item-not-json', `the ${name} is not JSON: ${messageOf(cause, LIMITS.messageLength)}`, {
      cause,
    });
  }
}

const claimOf = (name: string): string => `${name}Claim`;

async function claimed({ claims, requestId, ttlEpochSeconds }: Vault, name: string, json: string): Promise<Claim> {
  try {
    return await claims.put(requestId, json, ttlEpochSeconds);
  } catch (error) {
    if (!(error instanceof ClaimError)) throw error;
    throw new FanfoldError('item-too-large', `the ${name} is too large: ${error.message}`, { cause: error });
  }
}

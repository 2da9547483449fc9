/**
 * What AWS asks for, in US East (N. Virginia), on demand, in the first tier and beyond every free one. The numbers are in
 * `prices/us-east-1.json`, which the planner reads too.
 *
 * No page of AWS's own could be opened while they were collected, so `evidence` says how each was checked:
 * - `aws`: a stored copy of AWS's own page or guide says so;
 * - `quoted`: others quote AWS's price list or page, with the day they read it (`asOf`); those of SNS are quoted of the
 *   price list of another region that costs the same, and of the page;
 * - `unchecked`: from memory and from places that name no source. Check before anything depends on it.
 */
import table from '../../prices/us-east-1.json' with { type: 'json' };
import type { Item } from './usage.ts';

export interface Price {
  readonly dollars: number;
  readonly per: string;
  readonly source: string;
  /** The day the price was in force, as far as it could be checked. */
  readonly asOf: string;
  readonly evidence: 'aws' | 'quoted' | 'unchecked';
}

/** A price as AWS says it: so much for so many. */
interface Entry {
  readonly dollars: number;
  readonly for: number;
  readonly per: string;
  readonly from: string;
  readonly evidence: string;
}

const SOURCES: Readonly<Record<string, Pick<Price, 'source' | 'asOf'>>> = table.sources;

function priced<Name extends string>(entries: Readonly<Record<Name, Entry>>): Readonly<Record<Name, Price>> {
  const prices = Object.entries<Entry>(entries).map(([name, { dollars, for: amount, per, from, evidence }]) => [
    name,
    { dollars: dollars / amount, per, ...SOURCES[from], evidence },
  ]);
  return Object.fromEntries(prices);
}

/**
 * The price of everything that is metered. Of SNS each 64 KB is one request; a PublishBatch is one request with the sum of
 * its messages: "up to 10 messages in a single API request … can reduce the costs … by a factor of up to 10"
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-batch-api-actions.html, 2026-11). The functions run on Arm. Of embedded
 * metrics it is the ingestion alone: each metric costs by the month besides, however often it is sent.
 */
export const PRICES: Readonly<Record<Item, Price>> = priced(table.metered);

export type PeerItem = keyof typeof table.peers;

/** What other ways to do the same work are billed by. */
export const PEER_PRICES: Readonly<Record<PeerItem, Price>> = priced(table.peers);

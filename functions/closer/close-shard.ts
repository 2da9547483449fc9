/**
 * The closer takes one shard of a larger request: looks whether all of it is in, or folds it because the request is
 * closing. One invocation holds one shard. A message may come as often as it likes: a shard is folded once, and told once.
 */
import { hasOneShard, shardCount } from '../../shared/core/gathering.ts';
import type { ShardLook } from '../../shared/core/ports/work.ts';
import type { Gathering } from '../../shared/gathering/context.ts';
import { foldAndTell, lookAtRequest, lookAtShard } from '../../shared/gathering/look.ts';

/** Takes a shard as far as it can go now. Throws on broken I/O: then it is to come again. */
export async function closeShard(gathering: Gathering, { requestId, shard, seen }: ShardLook): Promise<void> {
  const head = await gathering.store.readHead(requestId, gathering.clock.now());
  if (!head || hasOneShard(head) || shard >= shardCount(head)) return;
  if (head.state === 'closed' || head.folded?.has(shard)) return lookAtRequest(gathering, head);
  if (head.state === 'open') return lookAtShard(gathering, head, shard, seen);
  return foldAndTell(gathering, head, shard);
}

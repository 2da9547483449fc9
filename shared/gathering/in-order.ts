/** Reads ahead, a little: what comes next is on its way while this is dealt with, and no more than that is held. */

/** What `each` yields for the items, in their order, with at most `width` under way. Stops at the first failure. */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  width: number,
  each: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  for (const item of items) {
    const next = each(item);
    next.catch(() => undefined); // it is awaited below, unless an earlier one fails first
    underWay.push(next);
    if (underWay.length >= width) yield await (underWay.shift() as Promise<Result>);
  }
  for (const next of underWay) yield await next;
}

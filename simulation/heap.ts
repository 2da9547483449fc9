/** The first of many, by an order that never ties. */
export interface Heap<Item> {
  push(item: Item): void;
  /** Takes the first one. */
  pop(): Item | undefined;
}

export function createHeap<Item>(isBefore: (left: Item, right: Item) => boolean): Heap<Item> {
  const items: Item[] = [];
  const swap = (a: number, b: number): void => {
    [items[a], items[b]] = [items[b] as Item, items[a] as Item];
  };
  const precedes = (a: number, b: number): boolean => b >= items.length || isBefore(items[a] as Item, items[b] as Item);
  return {
    push(item) {
      let at = items.push(item) - 1;
      for (let above = (at - 1) >> 1; at > 0 && precedes(at, above); above = (at - 1) >> 1) {
        swap(at, above);
        at = above;
      }
    },
    pop() {
      const last = items.length - 1;
      if (last > 0) swap(0, last);
      const first = items.pop();
      for (let at = 0; ; ) {
        const left = 2 * at + 1;
        if (left >= items.length) return first;
        const least = precedes(left, left + 1) ? left : left + 1;
        if (precedes(at, least)) return first;
        swap(at, least);
        at = least;
      }
    },
  };
}

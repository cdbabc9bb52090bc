interface Block {
  /** Where its middle should be. */
  readonly middle: number;
  readonly height: number;
}

/** Upper edges of blocks close to where they should be, between `low` and `high`, in order and without overlap. */
export function spread(blocks: readonly Block[], { low, high }: { low: number; high: number }): number[] {
  const order = blocks.map((_, i) => i).sort((a, b) => blocks[a].middle - blocks[b].middle);
  const tops = blocks.map(() => 0);
  let free = low;
  for (const i of order) {
    tops[i] = Math.max(free, blocks[i].middle - blocks[i].height / 2);
    free = tops[i] + blocks[i].height;
  }
  let limit = high;
  for (const i of order.reverse()) {
    tops[i] = Math.min(tops[i], limit - blocks[i].height);
    limit = tops[i];
  }
  return tops;
}

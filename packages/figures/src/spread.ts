interface Block {
  /** Where its middle should be. */
  readonly middle: number;
  readonly height: number;
}

/** The means of runs of numbers, joined until they ascend: the closest ascending numbers. Pool adjacent violators, Ayer et al. 1955. */
function ascending(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of values) {
    let pool = { sum: value, count: 1 };
    for (;;) {
      const before = pools.at(-1);
      if (!before || before.sum / before.count <= pool.sum / pool.count) break;
      pools.pop();
      pool = { sum: before.sum + pool.sum, count: before.count + pool.count };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
}

/**
 * Upper edges of blocks as close as can be (least squares) to where they should be, between `low` and `high`, in order and
 * without overlap. Where all of them are higher than that, they begin at `low`.
 */
export function spread(blocks: readonly Block[], { low, high }: { low: number; high: number }): number[] {
  const order = blocks.map((_, i) => i).sort((a, b) => blocks[a].middle - blocks[b].middle);
  let total = 0;
  const above = order.map((i) => {
    total += blocks[i].height;
    return total - blocks[i].height;
  });
  const wanted = order.map((i, k) => blocks[i].middle - blocks[i].height / 2 - above[k]);
  const tops = blocks.map(() => 0);
  for (const [k, start] of ascending(wanted).entries())
    tops[order[k]] = Math.max(low, Math.min(start, high - total)) + above[k];
  return tops;
}

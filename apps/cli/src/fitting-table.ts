/** A table drawn, or where a terminal is narrower than that a block of lines for each row, its first cell on top. */
export function fittingTable(
  table: { toString(): string },
  { head, rows }: { head: readonly string[]; rows: readonly (readonly string[])[] },
  width: number = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const drawn = table.toString();
  if (drawn.split('\n').every((line) => line.length <= width)) return drawn;
  const longest = Math.max(0, ...head.slice(1).map((name) => name.length));
  return rows
    .map(([first, ...cells]) =>
      [
        first,
        ...cells.flatMap((cell, i) => (cell === '' ? [] : [`  ${head[i + 1].padEnd(longest)}  ${cell}`])),
      ].join('\n'),
    )
    .join('\n');
}

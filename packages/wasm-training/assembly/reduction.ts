// Sums over leading axes.
import { begin } from './simd';

/** result[j] ← keep·result[j] + scale·Σ_i x[i, j] for x [rows, columns] */
export function sumRows(
  x: usize,
  result: usize,
  rows: i32,
  columns: i32,
  scale: f32,
  keep: f32,
  part: i32,
  parts: i32,
): void {
  const row = <usize>columns << 2;
  const last = begin(part + 1, parts, columns, 4);
  let j = begin(part, parts, columns, 4);
  for (; j + 4 <= last; j += 4) {
    let at = x + (j << 2);
    let total = f32x4.splat(0);
    for (let i = 0; i < rows; i++, at += row) total = f32x4.add(total, v128.load(at));
    const to = result + (j << 2);
    total = f32x4.mul(f32x4.splat(scale), total);
    if (keep != 0) total = f32x4.add(f32x4.mul(f32x4.splat(keep), v128.load(to)), total);
    v128.store(to, total);
  }
  for (; j < last; j++) {
    let at = x + (j << 2);
    let total: f32 = 0;
    for (let i = 0; i < rows; i++, at += row) total += f32.load(at);
    const to = result + (j << 2);
    f32.store(to, scale * total + (keep != 0 ? keep * f32.load(to) : 0));
  }
}

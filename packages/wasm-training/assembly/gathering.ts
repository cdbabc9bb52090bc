// Rows picked out of a matrix, and their gradient.
import { reads, writes } from './effects';
import { begin, storeFirst } from './simd';

/** result[i, :] = x[index[i], :], `columns` numbers a row; the indices are known to be right. */
export function gatherRows(
  x: reads,
  indices: reads,
  result: writes,
  count: i32,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = <usize>columns << 2;
  const last = begin(part + 1, parts, count, 1);
  for (let i = begin(part, parts, count, 1); i < last; i++) {
    memory.copy(result + <usize>i * bytes, x + load<usize>(indices + (<usize>i << 2)) * bytes, bytes);
  }
}

/** result[s, :] = Σ x[i, :] over the rows i whose segment is s; rows of no segment are left out. */
export function sumSegments(
  x: reads,
  segments: reads,
  result: writes,
  count: i32,
  rows: i32,
  columns: i32,
  part: i32,
  parts: i32,
): void {
  const row = <usize>columns << 2;
  const first = begin(part, parts, columns, 16);
  const last = begin(part + 1, parts, columns, 16);
  for (let s = 0; s < rows; s++) memory.fill(result + <usize>s * row + (<usize>first << 2), 0, <usize>(last - first) << 2);
  for (let i = 0; i < count; i++) {
    const segment = load<i32>(segments + (<usize>i << 2));
    if (segment < 0 || segment >= rows) continue;
    const from = x + <usize>i * row;
    const to = result + <usize>segment * row;
    for (let j = first; j < last; j += 4) {
      const at = <usize>j << 2;
      storeFirst(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)), last - j);
    }
  }
}

/** Four numbers, bytes or floats, times their factors, plus their summands. */
// @ts-ignore: decorator
@inline
function scaled(source: usize, i: i32, isBytes: i32, pattern: usize): v128 {
  let value: v128;
  if (isBytes) {
    const words = i16x8.extend_low_i8x16_u(v128.load32_zero(source + <usize>i));
    // Bytes are positive: the signed conversion is one instruction, the unsigned one many.
    value = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(words));
  } else {
    value = v128.load(source + (<usize>i << 2));
  }
  return f32x4.add(f32x4.mul(value, v128.load(pattern)), v128.load(pattern, 16));
}

/**
 * result[i] = source[i]·scale + offset, `count` numbers, bytes or floats, by channel.
 *
 * @param patterns for each channel the factors of four numbers that begin with it, then their summands: 32 bytes each
 */
export function scaleChannels(
  source: reads,
  isBytes: i32,
  result: writes,
  count: i32,
  channels: i32,
  patterns: reads,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, count, 16);
  let i = begin(part, parts, count, 16);
  const end = patterns + (<usize>channels << 5);
  const step = <usize>(4 % channels) << 5;
  let pattern = patterns + (<usize>(i % channels) << 5);
  for (; i + 4 <= last; i += 4) {
    v128.store(result + (<usize>i << 2), scaled(source, i, isBytes, pattern));
    pattern += step;
    if (pattern >= end) pattern -= end - patterns;
  }
  if (i < last) storeFirst(result + (<usize>i << 2), scaled(source, i, isBytes, pattern), last - i);
}

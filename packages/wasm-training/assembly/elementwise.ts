// Sums, products and the like, number by number, where tfjs' own kernels cannot be recorded.
import { reads, writes } from './effects';
import { begin, storeFirst } from './simd';

const ADD: i32 = 0;
const SUBTRACT: i32 = 1;
const MULTIPLY: i32 = 2;
const DIVIDE: i32 = 3;

// @ts-ignore: decorator
@inline
function combined(a: v128, b: v128, what: i32): v128 {
  switch (what) {
    case ADD: return f32x4.add(a, b);
    case SUBTRACT: return f32x4.sub(a, b);
    case MULTIPLY: return f32x4.mul(a, b);
    default: return f32x4.div(a, b);
  }
}

/** Four numbers of an operand: its own, one for all, or those of a row of `columns` that repeats. */
// @ts-ignore: decorator
@inline
function operand(at: usize, i: i32, period: i32): v128 {
  if (period == 0) return v128.load(at + (<usize>i << 2));
  if (period == 1) return v128.load32_splat(at);
  const column = i % period;
  if (column + 4 <= period) return v128.load(at + (<usize>column << 2));
  let value = v128.load32_zero(at + (<usize>column << 2));
  value = f32x4.replace_lane(value, 1, load<f32>(at + (<usize>((i + 1) % period) << 2)));
  value = f32x4.replace_lane(value, 2, load<f32>(at + (<usize>((i + 2) % period) << 2)));
  return f32x4.replace_lane(value, 3, load<f32>(at + (<usize>((i + 3) % period) << 2)));
}

/**
 * result = a + b, a − b, a·b or a/b, `count` numbers.
 *
 * @param aPeriod after how many numbers those of a repeat; 0 where they do not
 */
export function combine(
  a: reads,
  b: reads,
  result: writes,
  count: i32,
  what: i32,
  aPeriod: i32,
  bPeriod: i32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, count, 16);
  for (let i = begin(part, parts, count, 16); i < last; i += 4) {
    const value = combined(operand(a, i, aPeriod), operand(b, i, bPeriod), what);
    storeFirst(result + (<usize>i << 2), value, last - i);
  }
}

const NEGATE: i32 = 0;
const ABSOLUTE: i32 = 1;
const SIGN: i32 = 2;
const SQUARE: i32 = 3;
const ROOT: i32 = 4;
const FLOOR: i32 = 5;
const ZERO: i32 = 6;
const ONE: i32 = 7;

// @ts-ignore: decorator
@inline
function mappedFour(x: v128, what: i32): v128 {
  switch (what) {
    case NEGATE: return f32x4.neg(x);
    case ABSOLUTE: return f32x4.abs(x);
    case SQUARE: return f32x4.mul(x, x);
    case ROOT: return f32x4.sqrt(x);
    case FLOOR: return f32x4.floor(x);
    case ZERO: return f32x4.splat(0);
    case ONE: return f32x4.splat(1);
    default: {
      const zero = f32x4.splat(0);
      const isOther = v128.or(f32x4.gt(x, zero), f32x4.lt(x, zero));
      return v128.and(isOther, v128.or(f32x4.splat(1), v128.and(x, i32x4.splat(0x80000000))));
    }
  }
}

/** result = −x, |x|, sign(x), x², √x, ⌊x⌋, 0 or 1, `count` numbers. */
export function mapAll(x: reads, result: writes, count: i32, what: i32, part: i32, parts: i32): void {
  const last = begin(part + 1, parts, count, 16);
  for (let i = begin(part, parts, count, 16); i < last; i += 4) {
    const at = <usize>i << 2;
    storeFirst(result + at, mappedFour(v128.load(x + at), what), last - i);
  }
}

/** result = x in float32, `count` numbers: of whole numbers of 32 bits, or of truth values, a byte each. */
export function toFloats(x: reads, isBytes: i32, result: writes, count: i32, part: i32, parts: i32): void {
  const last = begin(part + 1, parts, count, 16);
  for (let i = begin(part, parts, count, 16); i < last; i += 4) {
    let value: v128;
    if (isBytes) {
      const words = i16x8.extend_low_i8x16_u(v128.load32_zero(x + <usize>i));
      value = i32x4.extend_low_i16x8_u(words);
    } else {
      value = v128.load(x + (<usize>i << 2));
    }
    storeFirst(result + (<usize>i << 2), f32x4.convert_i32x4_s(value), last - i);
  }
}

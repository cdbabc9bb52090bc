// What every kernel is made of: multiply-add, and how a range of work is divided.

/** a·b + c, in one rounding where relaxed SIMD is enabled. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** Where a part of `count` things begins, when they are divided into `parts` in groups of `grain`. */
// @ts-ignore: decorator
@inline
export function begin(part: i32, parts: i32, count: i32, grain: i32): i32 {
  const groups = (count + grain - 1) / grain;
  return min(count, <i32>((<i64>groups * part) / parts) * grain);
}

/** The sum of the four lanes. */
// @ts-ignore: decorator
@inline
export function lanesSum(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/**
 * Stores the first `lanes` lanes, four or more being all. Kernels load whole vectors also at the end of a tensor: what
 * lies beyond is within the memory, since an allocation is never the last thing in it, and goes into lanes that are not
 * stored.
 */
// @ts-ignore: decorator
@inline
export function storeFirst(at: usize, value: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(at, value);
  } else if (lanes > 0) {
    v128.store_lane<f32>(at, value, 0);
    if (lanes > 1) v128.store_lane<f32>(at, value, 1, 4);
    if (lanes > 2) v128.store_lane<f32>(at, value, 2, 8);
  }
}

/** Ones in the bits of the first `lanes` lanes. */
// @ts-ignore: decorator
@inline
export function lanesBelow(lanes: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
}

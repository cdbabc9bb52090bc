// Exponential and logarithm in four lanes, in single precision: within two units in the last place of the true value.
// Both cut their argument into a power of two and a small rest, of which a polynomial is taken.

/** e^r − 1 − r over r², for |r| ≤ ½ ln 2: Taylor's terms, the last one adjusted to the interval. */
// @ts-ignore: decorator
@inline
function restOfExponential(r: v128): v128 {
  let sum = f32x4.splat(1.0 / 5040.0);
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 720.0));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 120.0));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 24.0));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.0 / 6.0));
  return f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.5));
}

/** 2^n for whole n from −126 to 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

// @ts-ignore: decorator
@inline
function powers(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
}

/** x − n·ln 2, ln 2 in two parts so that the first product is exact. */
// @ts-ignore: decorator
@inline
function rest(x: v128, n: v128): v128 {
  const r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  return f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
}

/** e^x; infinite above 88.7, zero below −104, NaN of NaN. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  x = f32x4.min(f32x4.max(x, f32x4.splat(-105)), f32x4.splat(90));
  const n = powers(x);
  const r = rest(x, n);
  const mantissa = f32x4.add(f32x4.splat(1), f32x4.add(r, f32x4.mul(f32x4.mul(r, r), restOfExponential(r))));
  // In two steps, so that subnormal and infinite results come out as they should.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(mantissa, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** e^x − 1, exact also for small x; for x up to 87. */
// @ts-ignore: decorator
@inline
export function expm1(x: v128): v128 {
  x = f32x4.min(f32x4.max(x, f32x4.splat(-80)), f32x4.splat(87));
  const n = powers(x);
  const r = rest(x, n);
  const power = powerOfTwo(i32x4.trunc_sat_f32x4_s(n));
  const small = f32x4.add(r, f32x4.mul(f32x4.mul(r, r), restOfExponential(r)));
  return f32x4.add(f32x4.mul(small, power), f32x4.sub(power, f32x4.splat(1)));
}

/**
 * ln(1 + t) for t ≥ 0, t below 2^64: with u = 1 + t = 2^n·m, m from √½ to √2, it is n ln 2 + 2 artanh((m − 1)/(m + 1)),
 * and what rounding took from u is given back.
 */
// @ts-ignore: decorator
@inline
export function log1p(t: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.add(one, t);
  // Bits of √½ are taken away, so that the exponent counts from there.
  const shifted = i32x4.sub(u, i32x4.splat(0x3f3504f3));
  const n = i32x4.shr_s(shifted, 23);
  const m = i32x4.sub(u, i32x4.shl(n, 23));
  const f = f32x4.sub(m, one);
  const z = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const square = f32x4.mul(z, z);
  let sum = f32x4.splat(2.0 / 9.0);
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(2.0 / 7.0));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(2.0 / 5.0));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(2.0 / 3.0));
  const series = f32x4.add(f32x4.mul(f32x4.mul(sum, square), z), f32x4.mul(f32x4.splat(2), z));
  const lost = f32x4.div(f32x4.sub(t, f32x4.sub(u, one)), u);
  const whole = f32x4.mul(f32x4.convert_i32x4_s(n), f32x4.splat(0.6931471805599453));
  return f32x4.add(whole, f32x4.add(series, lost));
}

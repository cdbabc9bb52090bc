// Seeded noise: what the distributions make of the generator's words. A stretch of numbers is made in the thread's own
// scratch, in passes over all of it.
import { writes } from './effects';
import { begin } from './simd';
import { words } from './threefry';

/** Of the distributions, as src/kernels/noise.ts numbers them; the other one is uniform. */
const NORMAL: i32 = 0;

/** Numbers in a stretch, as in src/kernels/noise.ts: they stay in the fastest cache. */
const STRETCH: i32 = 1024;

/** Stores the numbers of four blocks in the order of the stream. */
// @ts-ignore: decorator
@inline
function storeInTurn(at: usize, first: v128, second: v128): void {
  v128.store(at, v128.shuffle<i32>(first, second, 0, 4, 1, 5));
  v128.store(at, v128.shuffle<i32>(first, second, 2, 6, 3, 7), 16);
}

/** Numbers on [0, 1), of the upper 24 bits. */
// @ts-ignore: decorator
@inline
function uniform(word: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(word, 8)), f32x4.splat(1.0 / 16777216.0));
}

function uniforms(at: usize, end: usize): void {
  for (; at < end; at += 32) storeInTurn(at, uniform(v128.load(at)), uniform(v128.load(at, 16)));
}

/** √(−2 ln u) for u = (word + ½)/2³². */
// @ts-ignore: decorator
@inline
function radius(word: v128): v128 {
  const one = f32x4.splat(1);
  // The distance from u to 0 or to 1, whichever is nearer: small ones are as exact as large ones.
  const isUpper = i32x4.shr_s(word, 31);
  const whole = f32x4.convert_i32x4_s(v128.xor(word, isUpper));
  const distance = f32x4.mul(f32x4.add(whole, f32x4.splat(0.5)), f32x4.splat(1.0 / 4294967296.0));
  const u = v128.bitselect(f32x4.sub(one, distance), distance, isUpper);
  // u = 2^n·m with m from √½ to √2 and f = m − 1: ln u = n ln 2 + 2 artanh z with z = f/(2 + f). Where n is 0, f is the
  // distance to 1. The bits of √½ are taken away, so that the exponent counts from there.
  const n = i32x4.shr_s(i32x4.sub(u, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(u, i32x4.shl(n, 23));
  const isNearOne = i32x4.eq(n, i32x4.splat(0));
  const f = v128.bitselect(f32x4.neg(distance), f32x4.sub(m, one), isNearOne);
  const z = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  // −4 artanh z: Taylor's first term, and a polynomial of least largest error on the interval for the others.
  const square = f32x4.mul(z, z);
  let sum = f32x4.splat(-0.5974345550317679);
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(-0.7995508315174326));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(-1.333335527632354));
  sum = f32x4.mul(f32x4.mul(sum, square), z);
  sum = f32x4.sub(sum, f32x4.mul(z, f32x4.splat(4)));
  return f32x4.sqrt(f32x4.add(sum, f32x4.mul(f32x4.convert_i32x4_s(n), f32x4.splat(-1.3862943611198906))));
}

/**
 * Box and Muller: the first word of a block gives the radius, the second one the angle, in parts of a turn. The relative
 * error is below 4·10⁻⁷, also of the smallest and the largest. Multiply and add are not fused here, so that the numbers
 * are the same with plain and with relaxed SIMD.
 */
function normals(from: usize, end: usize): void {
  for (let at = from; at < end; at += 32) v128.store(at, radius(v128.load(at)));
  for (let at = from; at < end; at += 32) {
    const size = v128.load(at);
    const turn = v128.load(at, 16);
    // The nearest quarter of a turn, in the upper two bits; and t from −1 to 1, the way from there in eighths of a turn.
    const quarter = i32x4.add(turn, i32x4.splat(0x20000000));
    const t = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(turn, 2)), f32x4.splat(1.0 / 2147483648.0));
    // sin(πt/4) and cos(πt/4), polynomials of least largest relative error.
    const square = f32x4.mul(t, t);
    let sine = f32x4.splat(-0.000035950452242541755);
    sine = f32x4.add(f32x4.mul(sine, square), f32x4.splat(0.0024900010240138048));
    sine = f32x4.add(f32x4.mul(sine, square), f32x4.splat(-0.08074543252914877));
    sine = f32x4.mul(f32x4.add(f32x4.mul(sine, square), f32x4.splat(0.7853981608541704)), t);
    let cosine = f32x4.splat(-0.0003190200470026863);
    cosine = f32x4.add(f32x4.mul(cosine, square), f32x4.splat(0.015850200695105714));
    cosine = f32x4.add(f32x4.mul(cosine, square), f32x4.splat(-0.30842442658866365));
    cosine = f32x4.add(f32x4.mul(cosine, square), f32x4.splat(1));
    // Odd quarters exchange the two. The sine is negative in quarters 2 and 3, the cosine in 1 and 2.
    const doubled = i32x4.shl(quarter, 1);
    const isOdd = i32x4.shr_s(doubled, 31);
    const upper = i32x4.splat(0x80000000);
    const first = v128.xor(v128.bitselect(sine, cosine, isOdd), v128.and(v128.xor(quarter, doubled), upper));
    const second = v128.xor(v128.bitselect(cosine, sine, isOdd), v128.and(quarter, upper));
    storeInTurn(at, f32x4.mul(size, first), f32x4.mul(size, second));
  }
}

/** result = `count` numbers of the key's stream, from block `low` + 2³²·`high` on. */
export function drawNoise(
  result: writes,
  count: i32,
  key0: i32,
  key1: i32,
  low: i32,
  high: i32,
  distribution: i32,
  local: usize,
  part: i32,
  parts: i32,
): void {
  const counter = (<u64>high << 32) | <u64>(<u32>low);
  const last = begin(part + 1, parts, count, 16);
  for (let i = begin(part, parts, count, 16); i < last; i += STRETCH) {
    const bytes = <usize>min(STRETCH, last - i) << 2;
    const end = local + bytes;
    words(local, end, i32x4.splat(key0), i32x4.splat(key1), counter + (i >> 1));
    if (distribution == NORMAL) normals(local, end);
    else uniforms(local, end);
    memory.copy(result + (<usize>i << 2), local, bytes);
  }
}

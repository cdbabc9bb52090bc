// Optimizer steps, in place, over `count` numbers: four at a time, then the rest, by the same inlined function.
import { changes, reads } from './effects';
import { begin, storeFirst } from './simd';

// @ts-ignore: decorator
@inline
function accumulateFour(variable: usize, value: usize, scale: v128, keep: v128, lanes: i32): void {
  const kept = f32x4.mul(keep, v128.load(variable));
  storeFirst(variable, f32x4.add(kept, f32x4.mul(scale, v128.load(value))), lanes);
}

/** variable ← keep·variable + scale·value */
export function accumulate(
  variable: changes,
  value: reads,
  count: i32,
  scale: f32,
  keep: f32,
  part: i32,
  parts: i32,
): void {
  const scales = f32x4.splat(scale);
  const keeps = f32x4.splat(keep);
  const last = begin(part + 1, parts, count, 16);
  let i = begin(part, parts, count, 16);
  for (; i + 4 <= last; i += 4) accumulateFour(variable + (i << 2), value + (i << 2), scales, keeps, 4);
  if (i < last) accumulateFour(variable + (i << 2), value + (i << 2), scales, keeps, last - i);
}

/** Below this, means of gradients and of their squares are nothing. */
const LEAST_MEAN: f32 = 1e-30;
const LEAST_SQUARE: f32 = 1e-36;

/**
 * What is remembered of gradients, with nothing in place of what is next to nothing. A unit that died leaves averages that halve
 * and halve: they would end at the smallest numbers there are and stay there, with which a processor computes a hundred
 * times more slowly.
 */
// @ts-ignore: decorator
@inline
function remembered(x: v128, least: f32): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(least)));
}

// @ts-ignore: decorator
@inline
function momentumFour(
  variable: usize,
  velocity: usize,
  gradient: usize,
  rate: v128,
  friction: v128,
  nesterov: i32,
  lanes: i32,
): void {
  const g = v128.load(gradient);
  const v = remembered(f32x4.add(f32x4.mul(friction, v128.load(velocity)), g), LEAST_MEAN);
  const direction = nesterov ? f32x4.add(g, f32x4.mul(friction, v)) : v;
  const changed = f32x4.sub(v128.load(variable), f32x4.mul(rate, direction));
  storeFirst(velocity, v, lanes);
  storeFirst(variable, changed, lanes);
}

/** velocity ← μ·velocity + g; variable ← variable − rate·velocity, or − rate·(g + μ·velocity) after Nesterov */
export function momentum(
  variable: changes,
  velocity: changes,
  gradient: reads,
  count: i32,
  rate: f32,
  friction: f32,
  nesterov: i32,
  part: i32,
  parts: i32,
): void {
  const rates = f32x4.splat(rate);
  const frictions = f32x4.splat(friction);
  const last = begin(part + 1, parts, count, 16);
  let i = begin(part, parts, count, 16);
  for (; i + 4 <= last; i += 4) {
    const at = <usize>i << 2;
    momentumFour(variable + at, velocity + at, gradient + at, rates, frictions, nesterov, 4);
  }
  const at = <usize>i << 2;
  if (i < last) momentumFour(variable + at, velocity + at, gradient + at, rates, frictions, nesterov, last - i);
}

// @ts-ignore: decorator
@inline
function rmspropFour(
  variable: usize,
  square: usize,
  gradient: usize,
  rate: v128,
  kept: v128,
  added: v128,
  epsilon: v128,
  lanes: i32,
): void {
  const g = v128.load(gradient);
  const s = remembered(f32x4.add(f32x4.mul(kept, v128.load(square)), f32x4.mul(added, f32x4.mul(g, g))), LEAST_SQUARE);
  const change = f32x4.div(f32x4.mul(rate, g), f32x4.add(f32x4.sqrt(s), epsilon));
  const changed = f32x4.sub(v128.load(variable), change);
  storeFirst(square, s, lanes);
  storeFirst(variable, changed, lanes);
}

/** square ← ρ·square + (1 − ρ)·g²; variable ← variable − rate·g/(√square + ε) */
export function rmsprop(
  variable: changes,
  square: changes,
  gradient: reads,
  count: i32,
  rate: f32,
  decay: f32,
  epsilon: f32,
  part: i32,
  parts: i32,
): void {
  const rates = f32x4.splat(rate);
  const kept = f32x4.splat(decay);
  const added = f32x4.splat(1 - decay);
  const epsilons = f32x4.splat(epsilon);
  const last = begin(part + 1, parts, count, 16);
  let i = begin(part, parts, count, 16);
  for (; i + 4 <= last; i += 4) {
    const at = <usize>i << 2;
    rmspropFour(variable + at, square + at, gradient + at, rates, kept, added, epsilons, 4);
  }
  const at = <usize>i << 2;
  if (i < last) rmspropFour(variable + at, square + at, gradient + at, rates, kept, added, epsilons, last - i);
}

// @ts-ignore: decorator
@inline
function adamFour(
  variable: usize,
  mean: usize,
  square: usize,
  gradient: usize,
  rate: v128,
  beta1: v128,
  rest1: v128,
  beta2: v128,
  rest2: v128,
  correction: v128,
  epsilon: v128,
  lanes: i32,
): void {
  const g = v128.load(gradient);
  const m = f32x4.add(f32x4.mul(beta1, v128.load(mean)), f32x4.mul(rest1, g));
  const s = f32x4.add(f32x4.mul(beta2, v128.load(square)), f32x4.mul(rest2, f32x4.mul(g, g)));
  storeFirst(mean, m, lanes);
  storeFirst(square, s, lanes);
  const deviation = f32x4.add(f32x4.sqrt(f32x4.mul(s, correction)), epsilon);
  storeFirst(variable, f32x4.sub(v128.load(variable), f32x4.div(f32x4.mul(rate, m), deviation)), lanes);
}

/** What is `remembered` of `count` numbers, in place. */
function forget(at: usize, count: i32, least: f32): void {
  const end = at + (<usize>count << 2);
  for (; at < end; at += 16) storeFirst(at, remembered(v128.load(at), least), <i32>((end - at) >> 2));
}

/**
 * mean ← β₁·mean + (1 − β₁)·g; square ← β₂·square + (1 − β₂)·g²; variable ← variable − rate·mean/(√(square·correction) + ε).
 * Arithmetic alone bounds it, so that it looks for what is next to nothing only when `forgets` says so.
 */
export function adam(
  variable: changes,
  mean: changes,
  square: changes,
  gradient: reads,
  count: i32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  correction: f32,
  epsilon: f32,
  forgets: i32,
  part: i32,
  parts: i32,
): void {
  const rates = f32x4.splat(rate);
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2);
  const c2 = f32x4.splat(1 - beta2);
  const corrections = f32x4.splat(correction);
  const epsilons = f32x4.splat(epsilon);
  const last = begin(part + 1, parts, count, 16);
  const first = begin(part, parts, count, 16);
  let i = first;
  for (; i + 4 <= last; i += 4) {
    const at = <usize>i << 2;
    adamFour(variable + at, mean + at, square + at, gradient + at, rates, b1, c1, b2, c2, corrections, epsilons, 4);
  }
  if (i < last) {
    const at = <usize>i << 2;
    const lanes = last - i;
    adamFour(variable + at, mean + at, square + at, gradient + at, rates, b1, c1, b2, c2, corrections, epsilons, lanes);
  }
  if (forgets) {
    forget(mean + (<usize>first << 2), last - first, LEAST_MEAN);
    forget(square + (<usize>first << 2), last - first, LEAST_SQUARE);
  }
}

// Optimizer steps, in place, over `count` numbers.
import { begin, storeFirst } from './simd';

/** variable ← keep·variable + scale·value */
export function accumulate(
  variable: usize,
  value: usize,
  count: i32,
  scale: f32,
  keep: f32,
  part: i32,
  parts: i32,
): void {
  const scales = f32x4.splat(scale);
  const keeps = f32x4.splat(keep);
  const last = begin(part + 1, parts, count, 16);
  for (let i = begin(part, parts, count, 16); i < last; i += 4) {
    const at = <usize>i << 2;
    const kept = f32x4.mul(keeps, v128.load(variable + at));
    storeFirst(variable + at, f32x4.add(kept, f32x4.mul(scales, v128.load(value + at))), last - i);
  }
}

/** velocity ← μ·velocity + g; variable ← variable − rate·velocity, or − rate·(g + μ·velocity) after Nesterov */
export function momentum(
  variable: usize,
  velocity: usize,
  gradient: usize,
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
  for (let i = begin(part, parts, count, 16); i < last; i += 4) {
    const at = <usize>i << 2;
    const g = v128.load(gradient + at);
    const v = f32x4.add(f32x4.mul(frictions, v128.load(velocity + at)), g);
    const direction = nesterov ? f32x4.add(g, f32x4.mul(frictions, v)) : v;
    const changed = f32x4.sub(v128.load(variable + at), f32x4.mul(rates, direction));
    storeFirst(velocity + at, v, last - i);
    storeFirst(variable + at, changed, last - i);
  }
}

/** square ← ρ·square + (1 − ρ)·g²; variable ← variable − rate·g/(√square + ε) */
export function rmsprop(
  variable: usize,
  square: usize,
  gradient: usize,
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
  for (let i = begin(part, parts, count, 16); i < last; i += 4) {
    const at = <usize>i << 2;
    const g = v128.load(gradient + at);
    const s = f32x4.add(f32x4.mul(kept, v128.load(square + at)), f32x4.mul(added, f32x4.mul(g, g)));
    const change = f32x4.div(f32x4.mul(rates, g), f32x4.add(f32x4.sqrt(s), epsilons));
    const changed = f32x4.sub(v128.load(variable + at), change);
    storeFirst(square + at, s, last - i);
    storeFirst(variable + at, changed, last - i);
  }
}

/** mean ← β₁·mean + (1 − β₁)·g; square ← β₂·square + (1 − β₂)·g²; variable ← variable − rate·mean/(√(square·correction) + ε) */
export function adam(
  variable: usize,
  mean: usize,
  square: usize,
  gradient: usize,
  count: i32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  correction: f32,
  epsilon: f32,
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
  for (let i = begin(part, parts, count, 16); i < last; i += 4) {
    const at = <usize>i << 2;
    const g = v128.load(gradient + at);
    const m = f32x4.add(f32x4.mul(b1, v128.load(mean + at)), f32x4.mul(c1, g));
    const s = f32x4.add(f32x4.mul(b2, v128.load(square + at)), f32x4.mul(c2, f32x4.mul(g, g)));
    const deviation = f32x4.add(f32x4.sqrt(f32x4.mul(s, corrections)), epsilons);
    const changed = f32x4.sub(v128.load(variable + at), f32x4.div(f32x4.mul(rates, m), deviation));
    storeFirst(mean + at, m, last - i);
    storeFirst(square + at, s, last - i);
    storeFirst(variable + at, changed, last - i);
  }
}

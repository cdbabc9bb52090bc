// Optimizer steps, in place. Each takes `count` numbers; the last few go one by one.
import { begin } from './simd';

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
  let i = begin(part, parts, count, 16);
  const last = begin(part + 1, parts, count, 16);
  let v = variable + (i << 2);
  let g = value + (i << 2);
  for (; i + 4 <= last; i += 4, v += 16, g += 16) {
    v128.store(v, f32x4.add(f32x4.mul(keeps, v128.load(v)), f32x4.mul(scales, v128.load(g))));
  }
  for (; i < last; i++, v += 4, g += 4) f32.store(v, keep * f32.load(v) + scale * f32.load(g));
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
  let i = begin(part, parts, count, 16);
  const last = begin(part + 1, parts, count, 16);
  const from = i << 2;
  variable += from;
  velocity += from;
  gradient += from;
  for (; i + 4 <= last; i += 4, variable += 16, velocity += 16, gradient += 16) {
    const g = v128.load(gradient);
    const v = f32x4.add(f32x4.mul(frictions, v128.load(velocity)), g);
    v128.store(velocity, v);
    const direction = nesterov ? f32x4.add(g, f32x4.mul(frictions, v)) : v;
    v128.store(variable, f32x4.sub(v128.load(variable), f32x4.mul(rates, direction)));
  }
  for (; i < last; i++, variable += 4, velocity += 4, gradient += 4) {
    const g = f32.load(gradient);
    const v = friction * f32.load(velocity) + g;
    f32.store(velocity, v);
    f32.store(variable, f32.load(variable) - rate * (nesterov ? g + friction * v : v));
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
  let i = begin(part, parts, count, 16);
  const last = begin(part + 1, parts, count, 16);
  const from = i << 2;
  variable += from;
  square += from;
  gradient += from;
  for (; i + 4 <= last; i += 4, variable += 16, square += 16, gradient += 16) {
    const g = v128.load(gradient);
    const s = f32x4.add(f32x4.mul(kept, v128.load(square)), f32x4.mul(added, f32x4.mul(g, g)));
    v128.store(square, s);
    const change = f32x4.div(f32x4.mul(rates, g), f32x4.add(f32x4.sqrt(s), epsilons));
    v128.store(variable, f32x4.sub(v128.load(variable), change));
  }
  for (; i < last; i++, variable += 4, square += 4, gradient += 4) {
    const g = f32.load(gradient);
    const s = decay * f32.load(square) + (1 - decay) * g * g;
    f32.store(square, s);
    f32.store(variable, f32.load(variable) - (rate * g) / (sqrt<f32>(s) + epsilon));
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
  let i = begin(part, parts, count, 16);
  const last = begin(part + 1, parts, count, 16);
  const from = i << 2;
  variable += from;
  mean += from;
  square += from;
  gradient += from;
  for (; i + 4 <= last; i += 4, variable += 16, mean += 16, square += 16, gradient += 16) {
    const g = v128.load(gradient);
    const m = f32x4.add(f32x4.mul(b1, v128.load(mean)), f32x4.mul(c1, g));
    const s = f32x4.add(f32x4.mul(b2, v128.load(square)), f32x4.mul(c2, f32x4.mul(g, g)));
    v128.store(mean, m);
    v128.store(square, s);
    const deviation = f32x4.add(f32x4.sqrt(f32x4.mul(s, corrections)), epsilons);
    v128.store(variable, f32x4.sub(v128.load(variable), f32x4.div(f32x4.mul(rates, m), deviation)));
  }
  for (; i < last; i++, variable += 4, mean += 4, square += 4, gradient += 4) {
    const g = f32.load(gradient);
    const m = beta1 * f32.load(mean) + (1 - beta1) * g;
    const s = beta2 * f32.load(square) + (1 - beta2) * g * g;
    f32.store(mean, m);
    f32.store(square, s);
    f32.store(variable, f32.load(variable) - (rate * m) / (sqrt<f32>(s * correction) + epsilon));
  }
}

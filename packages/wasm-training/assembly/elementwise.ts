// Optimizer steps and sums, in place over the backend's memory. Pointers are in bytes, counts in numbers.

/** variable ← keep·variable + scale·value */
export function accumulate(variable: usize, value: usize, count: i32, scale: f32, keep: f32): void {
  const scales = f32x4.splat(scale);
  const keeps = f32x4.splat(keep);
  let i = 0;
  for (; i + 4 <= count; i += 4, variable += 16, value += 16) {
    v128.store(variable, f32x4.add(f32x4.mul(keeps, v128.load(variable)), f32x4.mul(scales, v128.load(value))));
  }
  for (; i < count; i++, variable += 4, value += 4) {
    f32.store(variable, keep * f32.load(variable) + scale * f32.load(value));
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
): void {
  const rates = f32x4.splat(rate);
  const b1 = f32x4.splat(beta1);
  const c1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2);
  const c2 = f32x4.splat(1 - beta2);
  const corrections = f32x4.splat(correction);
  const epsilons = f32x4.splat(epsilon);
  let i = 0;
  for (; i + 4 <= count; i += 4, variable += 16, mean += 16, square += 16, gradient += 16) {
    const g = v128.load(gradient);
    const m = f32x4.add(f32x4.mul(b1, v128.load(mean)), f32x4.mul(c1, g));
    const s = f32x4.add(f32x4.mul(b2, v128.load(square)), f32x4.mul(c2, f32x4.mul(g, g)));
    v128.store(mean, m);
    v128.store(square, s);
    const deviation = f32x4.add(f32x4.sqrt(f32x4.mul(s, corrections)), epsilons);
    v128.store(variable, f32x4.sub(v128.load(variable), f32x4.div(f32x4.mul(rates, m), deviation)));
  }
  for (; i < count; i++, variable += 4, mean += 4, square += 4, gradient += 4) {
    const g = f32.load(gradient);
    const m = beta1 * f32.load(mean) + (1 - beta1) * g;
    const s = beta2 * f32.load(square) + (1 - beta2) * g * g;
    f32.store(mean, m);
    f32.store(square, s);
    f32.store(variable, f32.load(variable) - (rate * m) / (sqrt<f32>(s * correction) + epsilon));
  }
}

/** result[j] = Σ_i x[i, j] for x [rows, columns] */
export function sumRows(x: usize, result: usize, rows: i32, columns: i32): void {
  const row = <usize>columns << 2;
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    let at = x + (j << 2);
    let total = f32x4.splat(0);
    for (let i = 0; i < rows; i++, at += row) total = f32x4.add(total, v128.load(at));
    v128.store(result + (j << 2), total);
  }
  for (; j < columns; j++) {
    let at = x + (j << 2);
    let total: f32 = 0;
    for (let i = 0; i < rows; i++, at += row) total += f32.load(at);
    f32.store(result + (j << 2), total);
  }
}

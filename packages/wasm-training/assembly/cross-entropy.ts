// Softmax with cross-entropy, and sigmoid with its own: predictions, losses and errors in one pass.
import { reads, writes } from './effects';
import { exp, log1p } from './exponential';
import { begin, lanesBelow, lanesSum, storeFirst } from './simd';

/** The lowest float: a difference beyond it would be −∞, and zero times that no number. */
const LOWEST: f32 = -3.4028234663852886e38;

/** p = softmax(a), L = Σy·log Σexp(a − max) − Σ y(a − max), e = scale·(p Σy − y), for each row. */
export function softmaxCrossEntropy(
  logits: reads,
  targets: reads,
  predictions: writes,
  losses: writes,
  errors: writes,
  rows: i32,
  classes: i32,
  scale: f32,
  part: i32,
  parts: i32,
): void {
  const row = <usize>classes << 2;
  const last = begin(part + 1, parts, rows, 1);
  for (let i = begin(part, parts, rows, 1); i < last; i++) {
    const from = <usize>i * row;
    let largest: f32 = LOWEST;
    for (let j: usize = 0; j < row; j += 4) largest = max<f32>(largest, f32.load(logits + from + j));
    const shift = f32x4.splat(largest);
    let total = f32x4.splat(0);
    let weight = total;
    let along = total;
    for (let j = 0; j < classes; j += 4) {
      const at = from + (<usize>j << 2);
      const valid = lanesBelow(classes - j);
      const shifted = f32x4.max(f32x4.sub(v128.load(logits + at), shift), f32x4.splat(LOWEST));
      const power = exp(shifted);
      const y = v128.and(v128.load(targets + at), valid);
      total = f32x4.add(total, v128.and(power, valid));
      weight = f32x4.add(weight, y);
      along = f32x4.add(along, v128.and(f32x4.mul(y, shifted), valid));
      storeFirst(predictions + at, power, classes - j);
    }
    const sum = lanesSum(total);
    const weights = lanesSum(weight);
    f32.store(losses + (<usize>i << 2), <f32>(<f64>weights * Math.log(sum)) - lanesSum(along));
    const sums = f32x4.splat(sum);
    for (let j = 0; j < classes; j += 4) {
      const at = from + (<usize>j << 2);
      const p = f32x4.div(v128.load(predictions + at), sums);
      const e = f32x4.sub(f32x4.mul(p, f32x4.splat(weights)), v128.load(targets + at));
      storeFirst(errors + at, f32x4.mul(f32x4.splat(scale), e), classes - j);
      storeFirst(predictions + at, p, classes - j);
    }
  }
}

/** p = σ(a), L = max(a, 0) − a·y + log(1 + e^(−|a|)), e = scale·(p − y), elementwise. */
export function sigmoidCrossEntropy(
  logits: reads,
  targets: reads,
  predictions: writes,
  losses: writes,
  errors: writes,
  count: i32,
  scale: f32,
  part: i32,
  parts: i32,
): void {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const last = begin(part + 1, parts, count, 16);
  for (let i = begin(part, parts, count, 16); i < last; i += 4) {
    const at = <usize>i << 2;
    const a = v128.load(logits + at);
    const y = v128.load(targets + at);
    const e = exp(f32x4.neg(f32x4.abs(a)));
    // σ(|a|) = 1/(1 + e), and σ(−|a|) = e/(1 + e).
    const p = f32x4.div(v128.bitselect(e, one, f32x4.lt(a, zero)), f32x4.add(one, e));
    const loss = f32x4.add(f32x4.sub(f32x4.max(a, zero), f32x4.mul(a, y)), log1p(e));
    storeFirst(losses + at, loss, last - i);
    storeFirst(errors + at, f32x4.mul(f32x4.splat(scale), f32x4.sub(p, y)), last - i);
    storeFirst(predictions + at, p, last - i);
  }
}

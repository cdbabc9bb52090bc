// Activations in four lanes, and their derivatives in terms of the output (and, for swish, of the input).
import { reads, writes } from './effects';
import { exp, expm1, log1p } from './exponential';
import { begin, storeFirst } from './simd';

// Numbered as in src/activations.ts; 0 is linear.
const RELU: i32 = 1;
const RELU6: i32 = 2;
const SIGMOID: i32 = 3;
const TANH: i32 = 4;
const ELU: i32 = 5;
const SELU: i32 = 6;
const SOFTPLUS: i32 = 7;
const SOFTSIGN: i32 = 8;
const HARD_SIGMOID: i32 = 9;
const SWISH: i32 = 10;

const SELU_SCALE: f32 = 1.0507009873554805;
const SELU_ALPHA: f32 = 1.6732632423543772;

// @ts-ignore: decorator
@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** The first where a is above zero, else the second. */
// @ts-ignore: decorator
@inline
function wherePositive(a: v128, positive: v128, other: v128): v128 {
  return v128.bitselect(positive, other, f32x4.gt(a, splat(0)));
}

// @ts-ignore: decorator
@inline
function sigmoid(a: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp(f32x4.neg(a))));
}

/** tanh a = sign(a)·(1 − e^(−2|a|))/(1 + e^(−2|a|)), exact also for small a. */
// @ts-ignore: decorator
@inline
function tanh(a: v128): v128 {
  const e = expm1(f32x4.mul(splat(-2), f32x4.abs(a)));
  const size = f32x4.div(f32x4.neg(e), f32x4.add(splat(2), e));
  return v128.bitselect(a, size, i32x4.splat(0x80000000));
}

/** y = f(a), for an activation of the numbers above. */
export function activate(a: v128, activation: i32): v128 {
  const zero = splat(0);
  switch (activation) {
    case RELU:
      return f32x4.max(a, zero);
    case RELU6:
      return f32x4.min(f32x4.max(a, zero), splat(6));
    case SIGMOID:
      return sigmoid(a);
    case TANH:
      return tanh(a);
    case ELU:
      return wherePositive(a, a, expm1(f32x4.min(a, zero)));
    case SELU:
      return f32x4.mul(
        splat(SELU_SCALE),
        wherePositive(a, a, f32x4.mul(splat(SELU_ALPHA), expm1(f32x4.min(a, zero)))),
      );
    case SOFTPLUS:
      return f32x4.add(f32x4.max(a, zero), log1p(exp(f32x4.neg(f32x4.abs(a)))));
    case SOFTSIGN:
      return f32x4.div(a, f32x4.add(splat(1), f32x4.abs(a)));
    case HARD_SIGMOID:
      return f32x4.min(f32x4.max(f32x4.add(f32x4.mul(splat(0.2), a), splat(0.5)), zero), splat(1));
    case SWISH:
      return f32x4.mul(a, sigmoid(a));
    default:
      return a;
  }
}

/** f′, given y = f(a). */
// @ts-ignore: decorator
@inline
function slope(y: v128, a: v128, activation: i32): v128 {
  const one = splat(1);
  switch (activation) {
    case RELU:
      return wherePositive(y, one, splat(0));
    case RELU6:
      return v128.and(wherePositive(y, one, splat(0)), f32x4.lt(y, splat(6)));
    case SIGMOID:
      return f32x4.mul(y, f32x4.sub(one, y));
    case TANH:
      return f32x4.sub(one, f32x4.mul(y, y));
    case ELU:
      return wherePositive(y, one, f32x4.add(y, one));
    case SELU:
      return wherePositive(y, splat(SELU_SCALE), f32x4.add(y, splat(SELU_SCALE * SELU_ALPHA)));
    case SOFTPLUS:
      return f32x4.neg(expm1(f32x4.neg(y)));
    case SOFTSIGN: {
      const rest = f32x4.sub(one, f32x4.abs(y));
      return f32x4.mul(rest, rest);
    }
    case HARD_SIGMOID:
      return v128.and(wherePositive(y, splat(0.2), splat(0)), f32x4.lt(y, one));
    case SWISH: {
      const gate = sigmoid(a);
      return f32x4.add(gate, f32x4.mul(y, f32x4.sub(one, gate)));
    }
    default:
      return one;
  }
}

/** signal ⊙ f′, given y = f(a). */
export function masked(signal: v128, y: v128, a: v128, activation: i32): v128 {
  if (activation == RELU) return v128.and(signal, f32x4.gt(y, splat(0)));
  return f32x4.mul(signal, slope(y, a, activation));
}

/** y = f(a), `count` numbers. */
export function activateAll(a: reads, y: writes, count: i32, activation: i32, part: i32, parts: i32): void {
  const last = begin(part + 1, parts, count, 16);
  let i = begin(part, parts, count, 16);
  // The commonest, without a call for every four numbers.
  if (activation == RELU) {
    for (; i + 4 <= last; i += 4) {
      const at = <usize>i << 2;
      v128.store(y + at, f32x4.max(v128.load(a + at), splat(0)));
    }
  }
  for (; i < last; i += 4) {
    const at = <usize>i << 2;
    storeFirst(y + at, activate(v128.load(a + at), activation), last - i);
  }
}

/** result = signal ⊙ f′, `count` numbers. */
export function activationGradient(
  signal: reads,
  y: reads,
  a: reads,
  result: writes,
  count: i32,
  activation: i32,
  part: i32,
  parts: i32,
): void {
  const last = begin(part + 1, parts, count, 16);
  let i = begin(part, parts, count, 16);
  if (activation == RELU) {
    for (; i + 4 <= last; i += 4) {
      const at = <usize>i << 2;
      v128.store(result + at, v128.and(v128.load(signal + at), f32x4.gt(v128.load(y + at), splat(0))));
    }
  }
  for (; i < last; i += 4) {
    const at = <usize>i << 2;
    const value = masked(v128.load(signal + at), v128.load(y + at), v128.load(a + at), activation);
    storeFirst(result + at, value, last - i);
  }
}

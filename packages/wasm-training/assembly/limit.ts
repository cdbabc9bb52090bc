// What the machine can do at most: multiply-adds on registers, without a load or a store. Each function multiplies and
// adds 4·accumulators numbers a step, each accumulator for itself: a ← a·factor + summand, which for a factor below 1
// stays near summand / (1 − factor), so that no number gets too large or too small on the way.
//
// How many accumulators fill the units depends on the machine (latency × units), and how many fit into registers on the
// engine, so there are several. Factor and summand come as arguments: V8 puts a constant together anew at each use
// since Node 24, which made the loop four times slower than the machine.

import { multiplyAdd } from './simd';

// @ts-ignore: decorator
@inline
function splat(first: f32, place: f32): v128 {
  return f32x4.splat(first + place);
}

/** The sum of all accumulators: a result that needs every one of them. */
// @ts-ignore: decorator
@inline
function total(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

export function eight(steps: i32, factor: f32, summand: f32): f32 {
  const x = f32x4.splat(factor);
  const y = f32x4.splat(summand);
  let a = splat(summand, 1);
  let b = splat(summand, 2);
  let c = splat(summand, 3);
  let d = splat(summand, 4);
  let e = splat(summand, 5);
  let f = splat(summand, 6);
  let g = splat(summand, 7);
  let h = splat(summand, 8);
  for (let i = 0; i < steps; i++) {
    a = multiplyAdd(a, x, y);
    b = multiplyAdd(b, x, y);
    c = multiplyAdd(c, x, y);
    d = multiplyAdd(d, x, y);
    e = multiplyAdd(e, x, y);
    f = multiplyAdd(f, x, y);
    g = multiplyAdd(g, x, y);
    h = multiplyAdd(h, x, y);
  }
  return f32x4.extract_lane(f32x4.add(total(a, b, c, d), total(e, f, g, h)), 0);
}

export function ten(steps: i32, factor: f32, summand: f32): f32 {
  const x = f32x4.splat(factor);
  const y = f32x4.splat(summand);
  let a = splat(summand, 1);
  let b = splat(summand, 2);
  let c = splat(summand, 3);
  let d = splat(summand, 4);
  let e = splat(summand, 5);
  let f = splat(summand, 6);
  let g = splat(summand, 7);
  let h = splat(summand, 8);
  let k = splat(summand, 9);
  let l = splat(summand, 10);
  for (let i = 0; i < steps; i++) {
    a = multiplyAdd(a, x, y);
    b = multiplyAdd(b, x, y);
    c = multiplyAdd(c, x, y);
    d = multiplyAdd(d, x, y);
    e = multiplyAdd(e, x, y);
    f = multiplyAdd(f, x, y);
    g = multiplyAdd(g, x, y);
    h = multiplyAdd(h, x, y);
    k = multiplyAdd(k, x, y);
    l = multiplyAdd(l, x, y);
  }
  return f32x4.extract_lane(total(total(a, b, c, d), total(e, f, g, h), k, l), 0);
}

export function twelve(steps: i32, factor: f32, summand: f32): f32 {
  const x = f32x4.splat(factor);
  const y = f32x4.splat(summand);
  let a = splat(summand, 1);
  let b = splat(summand, 2);
  let c = splat(summand, 3);
  let d = splat(summand, 4);
  let e = splat(summand, 5);
  let f = splat(summand, 6);
  let g = splat(summand, 7);
  let h = splat(summand, 8);
  let k = splat(summand, 9);
  let l = splat(summand, 10);
  let m = splat(summand, 11);
  let n = splat(summand, 12);
  for (let i = 0; i < steps; i++) {
    a = multiplyAdd(a, x, y);
    b = multiplyAdd(b, x, y);
    c = multiplyAdd(c, x, y);
    d = multiplyAdd(d, x, y);
    e = multiplyAdd(e, x, y);
    f = multiplyAdd(f, x, y);
    g = multiplyAdd(g, x, y);
    h = multiplyAdd(h, x, y);
    k = multiplyAdd(k, x, y);
    l = multiplyAdd(l, x, y);
    m = multiplyAdd(m, x, y);
    n = multiplyAdd(n, x, y);
  }
  const most = total(total(a, b, c, d), total(e, f, g, h), k, l);
  return f32x4.extract_lane(total(most, m, n, x), 0);
}

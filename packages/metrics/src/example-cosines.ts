import * as tf from '@tensorflow/tfjs-core';

/** The smallest normal float32. */
const least = 2 ** -126;

/** Numbers over the largest of them: zeros stay zeros. `divNoNan` would compare and choose each number. */
export const overLargest = (numbers: tf.Tensor, largest: tf.Tensor): tf.Tensor =>
  tf.div(numbers, tf.maximum(largest, least));

/**
 * The signals x and y that one unit's examples get from two rules, each example's divided by its largest number: a
 * confident network's signals are so small that their squares are zero in float32.
 */
export interface Compared {
  /** Sums over an example's numbers [N]. */
  readonly xy: tf.Tensor;
  readonly xx: tf.Tensor;
  readonly yy: tf.Tensor;
  /** What they were divided by [N]; zero where there is no signal. */
  readonly xMax: tf.Tensor;
  readonly yMax: tf.Tensor;
}

/** Of two tensors [N, …]. */
export function compared(x: tf.Tensor, y: tf.Tensor): Compared {
  const axes = x.shape.slice(1).map((_, axis) => axis + 1);
  const largest = (signal: tf.Tensor) => tf.max(tf.abs(signal), axes, true);
  const [xMax, yMax] = [largest(x), largest(y)];
  const [u, v] = [overLargest(x, xMax), overLargest(y, yMax)];
  const sum = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b), axes);
  const flat = (numbers: tf.Tensor) => tf.reshape(numbers, [-1]);
  return { xy: sum(u, v), xx: sum(u, u), yy: sum(v, v), xMax: flat(xMax), yMax: flat(yMax) };
}

/** Several units' signals as one, side by side. */
export function joined(units: readonly Compared[]): Compared {
  const largest = (of: 'xMax' | 'yMax') => tf.max(tf.stack(units.map((unit) => unit[of])), 0);
  const [xMax, yMax] = [largest('xMax'), largest('yMax')];
  const scaled = units.map((unit) => {
    const [u, v] = [overLargest(unit.xMax, xMax), overLargest(unit.yMax, yMax)];
    const times = (sum: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.mul(sum, tf.mul(a, b));
    return { xy: times(unit.xy, u, v), xx: times(unit.xx, u, u), yy: times(unit.yy, v, v) };
  });
  const total = (of: 'xy' | 'xx' | 'yy') => tf.addN(scaled.map((unit) => unit[of]));
  return { xy: total('xy'), xx: total('xx'), yy: total('yy'), xMax, yMax };
}

/** The sum of the examples' cosines, and how many examples have a signal of either. */
export const cosines = ({ xy, xx, yy, xMax, yMax }: Compared) => ({
  cosines: tf.sum(tf.divNoNan(xy, tf.mul(tf.sqrt(xx), tf.sqrt(yy)))),
  examples: tf.sum(tf.cast(tf.notEqual(tf.maximum(xMax, yMax), 0), 'float32')),
});

import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Loop } from './numbers.js';

interface NormalizationOfTfjs {
  readonly varianceEpsilon?: number;
}

/** How far apart the numbers of a tensor lie along each axis of the shape that it is spread over: 0 where it has one. */
function stepsOver(shape: readonly number[], like: readonly number[]): number[] {
  const missing = like.length - shape.length;
  let step = 1;
  return like
    .map((_, axis) => {
      // From the last axis to the first.
      const at = like.length - 1 - axis - missing;
      const size = at < 0 ? 1 : shape[at];
      const own = size === 1 ? 0 : step;
      step *= size;
      return own;
    })
    .reverse();
}

/** For each place of `like`, in order, the place of a tensor that is spread over it. */
function spreadOver(shape: readonly number[], like: readonly number[]): Int32Array {
  const size = like.reduce((product, dimension) => product * dimension, 1);
  backend_util.assertAndGetBroadcastShape([...shape], [...like]);
  const steps = stepsOver(shape, like);
  const places = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    let [rest, place] = [i, 0];
    for (let axis = like.length - 1; axis >= 0; axis--) {
      place += (rest % like[axis]) * steps[axis];
      rest = Math.floor(rest / like[axis]);
    }
    places[i] = place;
  }
  return places;
}

/** (x − mean) ⁄ √(variance + ε) · scale + offset, each spread over x by its own axes. */
export const batchNormLoop: Loop<NormalizationOfTfjs> = (numbers, inputs, { varianceEpsilon = 0.001 }) => {
  const { x, mean, variance, scale, offset } = numbers;
  const { shape } = inputs.x;
  const placesOf = (name: string) => spreadOver(inputs[name].shape, shape);
  const [means, variances] = [placesOf('mean'), placesOf('variance')];
  const scales = scale && placesOf('scale');
  const offsets = offset && placesOf('offset');
  const values = x.map((value, i) => {
    const normalized = (value - mean[means[i]]) / Math.sqrt(variance[variances[i]] + varianceEpsilon);
    return normalized * (scales ? scale[scales[i]] : 1) + (offsets ? offset[offsets[i]] : 0);
  });
  return { shape, values };
};

/** Whether a tensor has numbers along an axis before the last: tfjs' kernels take the place in x, modulo its length. */
export const isOffTheLastAxis = ({ shape }: TensorInfo): boolean =>
  shape.slice(0, -1).some((size) => size !== 1);

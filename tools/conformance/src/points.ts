// Six points of three classes, and weights for whatever model is to learn them.
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** The model with weights that are the same each time. */
export const filled = (made: LayersModel, scale = 0.1): LayersModel => {
  tf.tidy(() =>
    made.setWeights(
      made.getWeights().map(({ shape, size }, i) =>
        tf.tensor(
          Float32Array.from({ length: size }, (_, j) => Math.sin(i * 5 + j) * scale * 4),
          shape,
        ),
      ),
    ),
  );
  return made;
};

const labels = [0, 1, 2, 0, 2, 1];
export const points = () => tf.tensor2d([1, 0, 2, 1, 0, 3, 1, 1, 2, 2, 3, 0], [6, 2]);
export const oneHot = (dtype?: 'float32') =>
  tf.oneHot(tf.tensor1d(labels, 'int32'), 3, 1, 0, dtype as 'float32') as tf.Tensor2D;

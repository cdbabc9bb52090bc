import {
  createPass,
  createRng,
  type FeedbackRule,
  forward,
  heldTree,
  type Network,
  type Pass,
} from '@feedalign/core';
import { evaluate, lossesFor } from '@feedalign/losses';
import type { AnyRule } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Specimen, seedWeights } from './zoo.js';

export const loss = 'categoricalCrossentropy';

/** The specimen with the weights of the seed. */
export function built(specimen: Pick<Specimen, 'build'>): LayersModel {
  const model = specimen.build();
  seedWeights(model);
  return model;
}

export interface Batch {
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
}

/** One rule's pass over a batch; call it in a tidy. */
export function passOf(
  network: Network,
  { x, y }: Batch,
  rule: FeedbackRule,
  state: unknown,
  seed = 4,
): Pass {
  const record = forward(network, [x], { training: true, rng: createRng(3) });
  const objective = evaluate(record, { losses: lossesFor(network, loss), targets: [y] });
  return createPass(record, objective, rule, state as never, { rng: createRng(seed) });
}

/** The gradient of every parameter under a rule, by its name; kept. */
export function gradientsOf(network: Network, batch: Batch, rule: AnyRule): Map<string, tf.Tensor> {
  const state = heldTree(() => rule.init(network, createRng(5)));
  const found = new Map<string, tf.Tensor>();
  tf.tidy(() => {
    for (const { parameter, gradient } of passOf(network, batch, rule, state).gradients()) {
      found.set(parameter.variable.name, tf.keep(gradient.compute()));
    }
  });
  return found;
}

/** The largest difference over the largest entry. */
export function distance(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => {
    const scale = Math.max(tf.max(tf.abs(b)).dataSync()[0], 1e-6);
    return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] / scale;
  });
}

/** The angle between two tensors of one size, in degrees. */
export function angle(a: tf.Tensor, b: tf.Tensor): number {
  const [left, right] = [a.dataSync(), b.dataSync()];
  let [ab, aa, bb] = [0, 0, 0];
  left.forEach((value, i) => {
    ab += value * right[i];
    aa += value * value;
    bb += right[i] * right[i];
  });
  return (Math.acos(ab / Math.sqrt(aa * bb)) * 180) / Math.PI;
}

export const weightsOf = (model: LayersModel) => model.getWeights().map((weight) => weight.dataSync());

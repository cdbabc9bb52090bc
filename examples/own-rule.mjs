// A rule of one's own, in ten lines: the error's sign, through fixed random matrices, to each hidden unit. It is a value
// with a name, what it draws, and the signal that it gives; convert, fit, train and the metrics take it from there.
import { useBackend } from '@feedalign/backend';
import { createRng, hiddenUnits } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import '@feedalign/wasm-training';
import { matMul, oneHot, reshape, sign, tensor, tensor1d } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

const signs = () => ({
  name: 'signs',
  options: {},
  /** For each hidden unit a matrix [size of the error, size of the unit]. */
  init: (network, rng) =>
    Object.fromEntries(
      hiddenUnits(network).map((unit) => {
        const shape = [network.errorSize, unit.size];
        return [unit.name, tensor(rng.stream(unit.index).normal(shape[0] * shape[1]), shape)];
      }),
    ),
  /** [N, …unit.outputShape]; the activation's derivative, gradients and update follow by themselves. */
  signal: (unit, { error, state }) =>
    reshape(matMul(sign(error), state[unit.name]), [error.shape[0], ...unit.outputShape]),
});

await useBackend('wasm');
const rng = createRng(3);
const labels = Array.from({ length: 300 }, (_, i) => i % 3);
// Three clouds around corners of a triangle.
const points = labels.flatMap((label) => {
  const angle = (2 * Math.PI * label) / 3;
  const [dx, dy] = rng.normal(2);
  return [Math.cos(angle) + dx / 4, Math.sin(angle) + dy / 4];
});
const model = sequential({
  layers: [
    layers.dense({ units: 32, activation: 'tanh', inputShape: [2] }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
convert(model, signs());
const { history } = await model.fit(tensor(points, [300, 2]), oneHot(tensor1d(labels, 'int32'), 3), {
  epochs: 20,
  verbose: 0,
});
console.log(`accuracy ${history.acc.at(-1).toFixed(2)}`);

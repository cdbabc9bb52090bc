// Regression: a function of two numbers, learned by feedback alignment under the mean squared error.
import { useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import { convert } from '@feedalign/layers';
import { fa } from '@feedalign/rules';
import '@feedalign/wasm-training';
import { tensor2d, train } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';

await useBackend('wasm');
const rng = createRng(1);
const points = rng.uniform(2 * 1000).map((each) => 2 * each - 1);
const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(3 * points[2 * i]) * points[2 * i + 1]);
const [x, y] = [tensor2d(points, [1000, 2]), tensor2d(values, [1000, 1])];

const initial = (seed) => initializers.glorotUniform({ seed });
const model = sequential({
  layers: [
    layers.dense({ units: 64, activation: 'tanh', inputShape: [2], kernelInitializer: initial(1) }),
    layers.dense({ units: 64, activation: 'tanh', kernelInitializer: initial(2) }),
    layers.dense({ units: 1, kernelInitializer: initial(3) }),
  ],
});
model.compile({ optimizer: train.adam(0.003), loss: 'meanSquaredError' });
convert(model, fa(), { seed: 1 });
const { history } = await model.fit(x, y, { epochs: 40, validationSplit: 0.2, verbose: 0 });
const variance = values.reduce((sum, each) => sum + each ** 2, 0) / 1000;
console.log(`explained ${(100 * (1 - history.val_loss.at(-1) / variance)).toFixed(0)} %`);

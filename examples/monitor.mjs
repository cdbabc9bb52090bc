// How well a model's signals are aligned while tfjs' fit trains it, beside tfjs' own early stopping.
import { useBackend } from '@feedalign/backend';
import { batches, toTensors } from '@feedalign/datasets';
import { loadDataset } from '@feedalign/datasets/node';
import { convert } from '@feedalign/layers';
import { alignmentMonitor } from '@feedalign/metrics';
import { mlp } from '@feedalign/models';
import { dfa } from '@feedalign/rules';
import '@feedalign/wasm-training';
import { train } from '@tensorflow/tfjs-core';
import { callbacks } from '@tensorflow/tfjs-layers';

await useBackend('wasm');
const [some] = batches((await loadDataset('mnist')).train, { batchSize: 5000 });
const { inputs, targets } = toTensors(some);

const model = mlp([128, 64], { inputShape: [28, 28, 1], classes: 10, seed: 1, activation: 'tanh' });
model.compile({ optimizer: train.sgd(0.2), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
const monitor = alignmentMonitor(convert(model, dfa()), { every: 50 });
await model.fit(inputs, targets, {
  epochs: 6,
  batchSize: 50,
  validationSplit: 0.1,
  verbose: 0,
  callbacks: [monitor, callbacks.earlyStopping({ monitor: 'val_loss', patience: 1 })],
});
for (const { step, alignment } of monitor.history) {
  const { weightAngle, gradientAlignment } = alignment;
  console.log(
    `step ${step}: W to B ${weightAngle.toFixed(0)}°, cosine of the gradients ${gradientAlignment.toFixed(2)}`,
  );
}

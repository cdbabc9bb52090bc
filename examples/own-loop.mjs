// A loop of one's own: the library's step, fed and watched by hand, on three spirals.
import { useBackend } from '@feedalign/backend';
import { createRng, parametersOf } from '@feedalign/core';
import { batches, spirals, toTensors } from '@feedalign/datasets';
import { trace } from '@feedalign/layers';
import { lossesFor } from '@feedalign/losses';
import { mlp } from '@feedalign/models';
import { adam } from '@feedalign/optim';
import { dfa } from '@feedalign/rules';
import { startSteps } from '@feedalign/step';
import { evaluate } from '@feedalign/train';
import '@feedalign/wasm-training';
import { dispose } from '@tensorflow/tfjs-core';

await useBackend('wasm');
const rng = createRng(1);
const data = spirals({ arms: 3, perArm: 100, turns: 1, rng: rng.stream('data') });
const model = mlp([64, 64], { inputShape: [2], classes: 3, seed: 1, activation: 'tanh' });

const network = trace(model); // the model as units that can be taught; its weights are the model's own
const steps = startSteps(network, dfa(), { rng });
const optimizer = adam({ learningRate: 0.01 });
const memory = optimizer.init([...parametersOf(network), ...steps.feedback]);
const stepper = steps.under({ losses: lossesFor(network, 'categoricalCrossentropy'), optimizer, memory });

for (let epoch = 1; epoch <= 90; epoch++) {
  let sum = 0;
  let count = 0;
  for (const batch of batches(data.train, { batchSize: 30, rng: rng.stream('order').stream(epoch) })) {
    const { inputs, targets } = toTensors(batch);
    const { loss, losses, predictions } = stepper.take({ inputs: [inputs], targets: [targets] });
    sum += (await loss.data())[0];
    count++;
    dispose([inputs, targets, loss, ...losses, ...predictions]);
  }
  if (epoch % 30 === 0) console.log(`epoch ${epoch}: loss ${(sum / count).toFixed(3)}`);
}
const { accuracy } = await evaluate(network, data.test);
console.log(`test accuracy ${accuracy.toFixed(2)}`);

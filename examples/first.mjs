import { useBackend } from '@feedalign/backend';
import { batches, toTensors } from '@feedalign/datasets';
import { loadDataset } from '@feedalign/datasets/node';
import { convert } from '@feedalign/layers';
import { fileSystem } from '@feedalign/models/node';
import { dfa } from '@feedalign/rules';
import '@feedalign/wasm-training'; // WASM trains fast, on every core
import { loadLayersModel } from '@tensorflow/tfjs-layers';

await useBackend('wasm');
const [some] = batches((await loadDataset('mnist')).train, { batchSize: 20_000 });
const { inputs, targets } = toTensors(some);

const model = await loadLayersModel(fileSystem('runs/mnist/frozen')); // anyone's model, as it is
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
convert(model, dfa()); // the one line that is new
const { history } = await model.fit(inputs, targets, { epochs: 5, validationSplit: 0.1 });
console.log(history.val_acc);

import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { loadKerasModel } from '../src/index.js';
import { difference, type Expected, filesOf, json, onBackend, predict, versions } from './support.js';

onBackend('cpu');

const models = versions.flatMap((version) => {
  const files = filesOf(version);
  return Object.keys(files)
    .filter((file) => file.endsWith('model.keras') && `${file.split('/')[0]}/data.json` in files)
    .map((file) => {
      const name = file.split('/')[0];
      return { version, name, bytes: files[file], expected: json<Expected>(files[`${name}/data.json`]) };
    });
});

const tensors = (list: Expected['inputs']) =>
  list.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
const read = (model: LayersModel) => model.trainableWeights.map((weight) => [...weight.read().dataSync()]);

/** What tfjs has no gradient of: dilated convolutions, and a BatchNormalization without γ. */
const untrainable = ['cnn', 'dilated'];

/** While loading, tfjs draws orthogonal matrices for inner recurrent layers, by what tfjs-core alone lacks. */
const drawn = ['half_frozen', 'siamese', 'translator'];

describe.each(models)('$version, $name', ({ name, bytes, expected }) => {
  it.skipIf(untrainable.includes(name))(
    'learns by the autodiff of tfjs: every weight gets a gradient',
    async () => {
      const model = await loadKerasModel(bytes);
      if (model.trainableWeights.length === 0) return;
      const before = read(model);
      const inputs = tensors(expected.inputs);
      const targets = expected.outputs.map(({ shape }) => tf.randomNormal(shape, 0, 1, 'float32', 3));
      const loss = (): tf.Scalar =>
        tf.tidy(() => {
          const outputs = [model.apply(inputs.length > 1 ? inputs : inputs[0], { training: true })].flat();
          return tf.addN(
            outputs.map((output, i) => tf.losses.meanSquaredError(targets[i], output as tf.Tensor)),
          );
        });
      const optimizer = tf.train.adam(0.01);
      const losses = Array.from(
        { length: 8 },
        () => (optimizer.minimize(loss, true) as tf.Scalar).dataSync()[0],
      );
      expect(losses.at(-1)).toBeLessThan(losses[0]);
      const after = read(model);
      const still = model.trainableWeights.filter((_, i) => difference(before[i], after[i]) === 0);
      expect(still.map((weight) => weight.originalName)).toEqual([]);
      tf.dispose([...inputs, ...targets]);
      tf.disposeVariables();
    },
  );

  it('is saved by tfjs and loaded again, by tfjs itself and by this package', async () => {
    const model = await loadKerasModel(bytes);
    const found = predict(model, expected);
    let saved: tf.io.ModelArtifacts = {};
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = JSON.parse(JSON.stringify({ ...artifacts, weightData: undefined }));
        saved.weightData = artifacts.weightData;
        return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
      }),
    );
    tf.disposeVariables();
    for (const load of drawn.includes(name) ? [loadKerasModel] : [loadLayersModel, loadKerasModel]) {
      const again = await load({ load: async () => structuredClone(saved) });
      expect(predict(again, expected)).toEqual(found);
      tf.disposeVariables();
    }
  });
});

it('fit, as it is: the loss of a classifier of texts falls', async () => {
  const { bytes, expected } = models.find(({ name }) => name === 'classifier') as (typeof models)[number];
  const model = await loadKerasModel(bytes);
  model.compile({ optimizer: tf.train.adam(0.02), loss: 'binaryCrossentropy' });
  const { history } = await model.fit(tensors(expected.inputs)[0], tf.tensor2d([[1], [0], [1]]), {
    epochs: 20,
    verbose: 0,
  });
  expect(history.loss.at(-1)).toBeLessThan((history.loss[0] as number) / 2);
});

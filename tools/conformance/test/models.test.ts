// Every model of @feedalign/models, small: converted, trained, saved, loaded without the library, restored, reverted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendName, useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import { convert, restore } from '@feedalign/layers';
import { createModel, models } from '@feedalign/models';
import { fileSystem } from '@feedalign/models/node';
import { rules } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'feedalign-conformance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where the smallest size that the model takes does not do. */
const sides: Readonly<Record<string, number>> = { lenet5: 28, 'lenet-c5': 28, vgg8b: 16 };
const side = (usage: string) => sides[usage] ?? 8;

function batch(usage: string) {
  const rng = createRng(1);
  const shape = [4, side(usage), side(usage), 2];
  const x = tf.tensor(rng.normal(shape.reduce((size, dimension) => size * dimension, 1)), shape);
  const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 0], 'int32'), 3), 'float32'));
  return { x, y };
}

const weightsOf = (model: LayersModel) => model.getWeights().map((weight) => Array.from(weight.dataSync()));
const compiled = (model: LayersModel) => {
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'categoricalCrossentropy' });
  return model;
};

for (const backend of ['cpu', 'wasm'] as BackendName[]) {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      await useBackend(backend);
    });

    it.each(Object.values(models).map(({ usage }) => usage))('%s', async (usage) => {
      const made = createModel(usage, {
        inputShape: [side(usage), side(usage), 2],
        classes: 3,
        width: usage.startsWith('lenet') ? 0.5 : 0.07,
        seed: 1,
      });
      const model = compiled(made);
      const { x, y } = batch(usage);
      const handle = convert(model, rules.dfa.make(), { seed: 2 });
      const start = weightsOf(model);
      expect(Number.isFinite(await model.trainOnBatch(x, y))).toBe(true);
      expect(weightsOf(model)).not.toEqual(start);

      const path = join(folder, `${backend}-${usage.replace(/[:,/]/g, '-')}`);
      await model.save(fileSystem(path));
      const plain = await loadLayersModel(fileSystem(path));
      const predicted = (each: LayersModel) => tf.tidy(() => (each.predict(x) as tf.Tensor).dataSync());
      expect(predicted(plain)).toEqual(predicted(model));

      await model.trainOnBatch(x, y);
      const again = restore(compiled(plain), rules);
      await plain.trainOnBatch(x, y);
      expect(again.steps).toBe(2);
      expect(weightsOf(plain)).toEqual(weightsOf(model));

      const trained = weightsOf(model);
      for (const each of [handle, again]) each.revert();
      expect(weightsOf(model)).toEqual(trained);
      expect(Object.hasOwn(model, 'makeTrainFunction')).toBe(false);
      tf.dispose([x, y]);
      for (const each of [model, plain]) each.dispose();
    });
  });
}

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { loadKerasModel } from '../src/node.js';
import {
  difference,
  type Expected,
  filesOf,
  json,
  onBackend,
  predict,
  temporaryFolder,
  toleranceOf,
  versions,
  write,
} from './support.js';

const path = temporaryFolder();
const models = versions.flatMap((version) => {
  const files = filesOf(version);
  write(path(version), files);
  return Object.keys(files)
    .filter((file) => `${file.split('/')[0]}/data.json` in files)
    .filter((file) => /model\.(keras|h5|json)$/.test(file))
    .map((file) => ({ version, file, expected: json<Expected>(files[`${file.split('/')[0]}/data.json`]) }));
});

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  onBackend(backend);

  it.each(models)('$version, $file: predictions are those of Keras', async ({ version, file, expected }) => {
    const before = tf.memory().numTensors;
    const model = await loadKerasModel(path(version, file));
    const found = predict(model, expected);
    expect(found.map(({ shape }) => shape)).toEqual(expected.outputs.map(({ shape }) => shape));
    const differences = found.map(({ values }, i) => difference(expected.outputs[i].values, values));
    expect(Math.max(...differences)).toBeLessThan(toleranceOf(file));
    // tfjs does not dispose all of a nested model: only what is beside its weights counts as lost.
    expect(tf.memory().numTensors - before).toBe(new Set(model.weights.map(({ id }) => id)).size);
    tf.disposeVariables();
  });
});

it('there are models of both versions in every format', () => {
  const formats = (version: string) =>
    new Set(
      models.filter((each) => each.version === version).map(({ file }) => file.split('/').slice(1).join('/')),
    );
  for (const version of versions) {
    expect(formats(version)).toEqual(
      new Set(['model.keras', 'model.h5', 'from-keras/model.json', 'from-h5/model.json']),
    );
  }
});

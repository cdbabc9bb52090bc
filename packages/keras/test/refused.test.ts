// What a file says and this package does not do is refused by name, in every format in which Keras saved it.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { loadKerasModel } from '../src/node.js';
import { filesOf, onBackend, temporaryFolder, versions, write } from './support.js';

onBackend('cpu');
const path = temporaryFolder();

const words: Readonly<Record<string, RegExp>> = {
  antialiased: /'resizing' \(Resizing\) smooths before it shrinks \(antialias\)/,
  bfloat16: /bfloat16|numbers of the type/,
  dropping: /'dropout' \(Dropout\) is called with training=True/,
  in_training: /'batch_normalization' \(BatchNormalization\) is called with training=True/,
  lora: /'dense' \(Dense\) is being fine-tuned with LoRA/,
  quantized: /'dense' \(Dense\) has quantized weights/,
  registered: /'dense' \(Custom>Dense\) is not among those that can be read/,
  registered_activation: /'Custom>relu' for its activation/,
};

/** The converter leaves out of it where a class comes from. */
const silent = 'registered/from-keras/model.json';

const files = versions.flatMap((version) => {
  const all = filesOf(version);
  write(path(version), all);
  return Object.keys(all)
    .filter(
      (file) =>
        file !== silent &&
        /model\.(keras|h5|json)$/.test(file) &&
        !(`${file.split('/')[0]}/data.json` in all),
    )
    .map((file) => ({ version, file, model: file.split('/')[0] }));
});

describe.each(Object.entries(words))('%s', (model, message) => {
  it.each(files.filter((each) => each.model === model))('$version, $file', async ({ version, file }) => {
    const before = tf.memory().numTensors;
    await expect(loadKerasModel(path(version, file))).rejects.toMatchObject({
      name: 'FeedalignError',
      message: expect.stringMatching(message),
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('every model without predictions has its words', () => {
  expect(new Set(files.map(({ model }) => model))).toEqual(new Set(Object.keys(words)));
});

import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { createModel, localMixer, localMixerBlocks } from '../src/index.js';
import { fileSystem } from '../src/node.js';
import { onCpu, temporaryFolder, weightsOf } from './support.js';

onCpu();
const path = temporaryFolder();
const small = { inputShape: [6, 4, 2], classes: 3, channels: 12, patches: 2, groups: 3, blocks: 3, seed: 1 };
const layerOf = (model: LayersModel, name: string) => model.getLayer(name);

describe('a local mixer', () => {
  it.each([
    ['mixer:S/1/1', [28, 28, 1], 1, 256, 269_322, 271_892],
    ['mixer:M/1/16', [28, 28, 1], 1, 512, 423_946, 429_076],
    ['mixer:M/8/16', [32, 32, 3], 4, 512, 898_250, 918_770],
    ['mixer:L/8/64', [32, 32, 3], 4, 2048, 12_992_714, 13_074_674],
  ])('%s for %j has the published numbers', (written, inputShape, blocks, channels, count, published) => {
    const model = createModel(written, { inputShape, classes: 10, initialWeights: 'zero' });
    expect(model.countParams()).toBe(count);
    const readOut = channels * 10 + 10;
    expect(count + blocks * readOut).toBe(published);
    model.dispose();
  });

  it('has blocks of linear layers between normalizations', () => {
    const model = localMixer(small);
    expect(layerOf(model, 'block_0_channels').getWeights()[0].shape).toEqual([12, 12]);
    expect(layerOf(model, 'block_0_groups').getWeights()[0].shape).toEqual([3, 4, 4]);
    expect(layerOf(model, 'block_2_tokens').getWeights()[0].shape).toEqual([1, 4, 4]);
    for (const name of [
      'block_0_output',
      'block_1_tokens',
      'block_1_channels',
      'block_2_groups',
      'block_2_sum',
    ]) {
      expect(layerOf(model, name).outputShape, name).toEqual([null, 4, 12]);
    }
    expect(layerOf(model, 'block_1_groups_before').outputShape).toEqual([null, 4, 3, 4]);
    expect(localMixerBlocks(3)).toEqual([
      ['block_0_channels', 'block_0_groups'],
      ['block_1_tokens', 'block_1_channels', 'block_1_groups'],
      ['block_2_tokens', 'block_2_channels', 'block_2_groups'],
    ]);
    const learning = model.layers
      .filter((layer) => layer.trainableWeights.length > 0)
      .map(({ name }) => name);
    expect(learning.slice(0, -1)).toEqual(localMixerBlocks(3).flat());
  });

  it('gives each patch its own pixels', () => {
    const [, ...cutting] = localMixer({ ...small, blocks: 1 }).layers.slice(0, 4);
    const [rows] = tf.tidy(() => {
      const image: tf.Tensor = tf.reshape(tf.range(0, 48), [1, 6, 4, 2]);
      return cutting.reduce((x, layer) => layer.apply(x) as tf.Tensor, image).arraySync() as number[][][];
    });
    // The second patch is the upper right one: rows 0 to 2, columns 2 and 3.
    expect(rows[1]).toEqual([4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23]);
    expect(rows.map(([first]) => first)).toEqual([0, 4, 24, 28]);
  });

  it('predicts the same after it was saved and loaded', async () => {
    const model = localMixer(small);
    const readOut = model.layers.at(-1) as LayersModel['layers'][number];
    expect(
      weightsOf(model)
        .at(-2)
        ?.every((weight) => weight === 0),
    ).toBe(true);
    readOut.setWeights(
      readOut.getWeights().map((weight) => tf.randomNormal(weight.shape, 0, 1, 'float32', 2)),
    );
    await model.save(fileSystem(path('mixer')));
    const loaded = await loadLayersModel(fileSystem(path('mixer')));
    tf.tidy(() => {
      const x = tf.randomNormal([5, 6, 4, 2], 0, 1, 'float32', 3);
      const [found, expected] = [loaded, model].map((each) => (each.predict(x) as tf.Tensor).dataSync());
      expect(found).toEqual(expected);
      expect(new Set(expected).size).toBe(15);
    });
    expect(loaded.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
  });

  it('draws the kernels as the paper does, of the seed alone', () => {
    const deviation = (values: number[]) =>
      Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    const options = {
      inputShape: [10],
      classes: 3,
      channels: 1024,
      patches: 1,
      groups: 2,
      blocks: 1,
      seed: 3,
    };
    const [first, , second] = weightsOf(localMixer(options));
    expect(deviation(first)).toBeCloseTo(0.1, 2);
    expect(deviation(second) * Math.sqrt(512)).toBeCloseTo(2, 1);
    expect(weightsOf(localMixer(options))[0]).toEqual(first);
    expect(weightsOf(localMixer({ ...options, seed: 4 }))[0]).not.toEqual(first);
  });

  it('keeps its channels a multiple of the groups at any width', () => {
    const widths = [0.01, 0.3, 2].map(
      (width) => localMixer({ ...small, width }).getLayer('block_0_output').outputShape[2],
    );
    expect(widths).toEqual([3, 3, 24]);
  });

  it.each([
    [{ patches: 4 }, /4×4 patches .* \[6,4,2\]/],
    [{ inputShape: [48] }, /2×2 patches .* \[48\]/],
    [{ groups: 0 }, /0 groups/],
    [{ blocks: 1.5 }, /1.5 blocks/],
  ])('refuses %j', (change, message) => {
    const attempt = () => localMixer({ ...small, ...change });
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    expect(attempt).toThrow(message);
  });

  it.each(['', 'M', 'M/8', 'X/8/16', 'M/0/16', 'M/8/16/2', 'm/8/16', 'M/8/1.5'])(
    "refuses the size '%s'",
    (size) => {
      const attempt = () => createModel(`mixer:${size}`, { inputShape: [32, 32, 3], classes: 10 });
      expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-option' }));
      expect(attempt).toThrow('mixer:M/8/16');
    },
  );
});

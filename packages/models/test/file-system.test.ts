import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { mlp } from '../src/index.js';
import { fileSystem } from '../src/node.js';
import { onCpu, temporaryFolder, weightsOf } from './support.js';

onCpu();
const path = temporaryFolder();

const model = () => mlp([4, 3], { inputShape: [5], classes: 2, seed: 3 });
const saved = async (...parts: string[]) => {
  const file = path(...parts, 'model.json');
  await model().save(fileSystem(file));
  return file;
};
const json = async (file: string) => JSON.parse(await readFile(file, 'utf8'));
const failing = (file: string) =>
  loadLayersModel(fileSystem(file)).then(
    () => 'loaded',
    (error) => error,
  );

describe('fileSystem', () => {
  it('saves and loads again: the same weights and predictions', async () => {
    const original = model();
    const { modelArtifactsInfo } = await original.save(fileSystem(path('round', 'model.json')));
    expect(modelArtifactsInfo.weightDataBytes).toBe(4 * original.countParams());
    const loaded = await loadLayersModel(fileSystem(path('round', 'model.json')));
    expect(weightsOf(loaded)).toEqual(weightsOf(original));
    const x = tf.randomNormal([3, 5]);
    const predictions = [original, loaded].map((each) => (each.predict(x) as tf.Tensor).dataSync());
    expect(predictions[1]).toEqual(predictions[0]);
  });

  it('makes the folders on the way, and takes a folder for the model.json in it', async () => {
    await model().save(fileSystem(path('a', 'b', 'c')));
    expect((await readdir(path('a', 'b', 'c'))).sort()).toEqual(['model.json', 'model.weights.bin']);
    const loaded = await loadLayersModel(fileSystem(path('a', 'b', 'c')));
    expect(weightsOf(loaded)).toEqual(weightsOf(model()));
  });

  it.each([1, 4])(
    'keeps a depth multiplier of %i, which tfjs forgets, in a nested model too',
    async (depthMultiplier) => {
      const settings = { kernelSize: 2, depthMultiplier, activation: 'relu' } as const;
      const inner = sequential({
        layers: [layers.separableConv2d({ ...settings, filters: 2, inputShape: [5, 4, 2] })],
      });
      const original = sequential({
        layers: [
          inner,
          layers.separableConv2d({ ...settings, filters: 3 }),
          layers.flatten(),
          layers.dense({ units: 2 }),
        ],
      });
      const file = path('separable', `${depthMultiplier}.json`);
      await original.save(fileSystem(file));
      const x = tf.randomNormal([3, 5, 4, 2]);
      const same = async () => {
        const loaded = await loadLayersModel(fileSystem(file));
        expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(
          (original.predict(x) as tf.Tensor).dataSync(),
        );
      };
      await same();
      // As tfjs writes it: without the number.
      const text = await readFile(file, 'utf8');
      expect(text).toContain('"depth_multiplier"');
      await writeFile(file, text.replaceAll(`,"depth_multiplier":${depthMultiplier}`, ''));
      expect(await readFile(file, 'utf8')).not.toContain('depth_multiplier');
      await same();
    },
  );

  it('keeps two models of other names in one folder apart', async () => {
    const [first, second] = [model(), mlp([2], { inputShape: [3], classes: 2, seed: 9 })];
    await first.save(fileSystem(path('two', 'first.json')));
    await second.save(fileSystem(path('two', 'second.json')));
    expect(weightsOf(await loadLayersModel(fileSystem(path('two', 'first.json'))))).toEqual(weightsOf(first));
    expect(weightsOf(await loadLayersModel(fileSystem(path('two', 'second.json'))))).toEqual(
      weightsOf(second),
    );
  });

  it('carries the optimizer, its memory and the user’s metadata', async () => {
    const original = model();
    original.compile({ optimizer: tf.train.adam(0.25), loss: 'categoricalCrossentropy' });
    await original.trainOnBatch(
      tf.ones([2, 5]),
      tf.tensor2d([
        [1, 0],
        [0, 1],
      ]),
    );
    original.setUserDefinedMetadata({ note: 'kept' });
    await original.save(fileSystem(path('optimizer')), { includeOptimizer: true });
    const loaded = await loadLayersModel(fileSystem(path('optimizer')));
    expect(loaded.getUserDefinedMetadata()).toEqual({ note: 'kept' });
    const batch = [
      tf.ones([2, 5]),
      tf.tensor2d([
        [0, 1],
        [0, 1],
      ]),
    ] as const;
    await original.trainOnBatch(...batch);
    await loaded.trainOnBatch(...batch);
    expect(weightsOf(loaded)).toEqual(weightsOf(original));
  });

  it.each([2, 3, 7])('joins weights in %i shards, cut anywhere', async (shards) => {
    const file = await saved(`shards-${shards}`);
    const bytes = await readFile(path(`shards-${shards}`, 'model.weights.bin'));
    const size = Math.ceil(bytes.length / shards);
    const names = Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}.bin`);
    await Promise.all(
      names.map((name, i) =>
        writeFile(path(`shards-${shards}`, name), bytes.subarray(i * size, (i + 1) * size)),
      ),
    );
    const topology = await json(file);
    topology.weightsManifest[0].paths = names;
    await writeFile(file, JSON.stringify(topology));
    expect(weightsOf(await loadLayersModel(fileSystem(file)))).toEqual(weightsOf(model()));
  });

  it('joins several groups of weights', async () => {
    const file = await saved('groups');
    const bytes = await readFile(path('groups', 'model.weights.bin'));
    const topology = await json(file);
    const [{ weights }] = topology.weightsManifest;
    const first = 4 * (5 * 4 + 4);
    await writeFile(path('groups', 'one.bin'), bytes.subarray(0, first));
    await writeFile(path('groups', 'two.bin'), bytes.subarray(first));
    topology.weightsManifest = [
      { paths: ['one.bin'], weights: weights.slice(0, 2) },
      { paths: ['two.bin'], weights: weights.slice(2) },
    ];
    await writeFile(file, JSON.stringify(topology));
    expect(weightsOf(await loadLayersModel(fileSystem(file)))).toEqual(weightsOf(model()));
  });

  it('counts quantized weights by the bytes that they take', async () => {
    const file = await saved('quantized');
    const topology = await json(file);
    const [{ weights }] = topology.weightsManifest;
    const bytes = Buffer.alloc(model().countParams(), 2);
    for (const spec of weights) spec.quantization = { dtype: 'uint8', scale: 0.5, min: -1 };
    await writeFile(path('quantized', 'model.weights.bin'), bytes);
    await writeFile(file, JSON.stringify(topology));
    const loaded = weightsOf(await loadLayersModel(fileSystem(file)));
    expect(new Set(loaded.flat())).toEqual(new Set([0]));
  });
});

describe('fileSystem refuses', () => {
  it.each([-1, +1])('weights of %i byte more than the model says', async (more) => {
    const file = await saved(`length${more}`);
    const weights = path(`length${more}`, 'model.weights.bin');
    const bytes = await readFile(weights);
    await writeFile(weights, more < 0 ? bytes.subarray(0, more) : Buffer.concat([bytes, Buffer.alloc(more)]));
    const error = await failing(file);
    expect(error).toMatchObject({ name: 'FeedalignError', code: 'bad-data-file' });
    expect(error.message).toContain(`${bytes.length}`);
    expect(error.message).toContain(`${bytes.length + more}`);
  });

  it('files that do not exist, by name', async () => {
    const missing = path('nowhere', 'model.json');
    expect(await failing(missing)).toMatchObject({
      code: 'bad-data-file',
      message: expect.stringContaining(`'${missing}' does not exist`),
    });
    const file = await saved('no-weights');
    const topology = await json(file);
    topology.weightsManifest[0].paths = ['gone.bin'];
    await writeFile(file, JSON.stringify(topology));
    expect(await failing(file)).toMatchObject({
      code: 'bad-data-file',
      message: expect.stringContaining('gone.bin'),
    });
  });

  it('a folder of the name of a file', async () => {
    await mkdir(path('folder.json'));
    expect(await failing(path('folder.json'))).toMatchObject({
      code: 'bad-data-file',
      message: expect.stringContaining('is a folder'),
    });
  });

  it.each([
    ['no JSON', '{"modelTopology": ', 'bad-data-file', 'not JSON'],
    ['JSON that is no model', '{"a": 1}', 'bad-data-file', 'modelTopology'],
    ['JSON that is no object', 'null', 'bad-data-file', 'modelTopology'],
    ['a number', '3', 'bad-data-file', 'modelTopology'],
    ['a GraphModel', '{"format": "graph-model", "modelTopology": {}}', 'unsupported-model', 'GraphModel'],
  ])('%s', async (title, text, code, words) => {
    const file = path(`${title}.json`);
    await writeFile(file, text);
    expect(await failing(file)).toMatchObject({
      name: 'FeedalignError',
      code,
      message: expect.stringContaining(words),
    });
  });
});

describe('fileSystem, of a file that was made to do harm,', () => {
  const dense = (name: string, from: string, units = 1) => ({
    class_name: 'Dense',
    name,
    config: { name, units, trainable: true, dtype: 'float32' },
    inbound_nodes: [[[from, 0, 0, {}]]],
  });
  const input = {
    class_name: 'InputLayer',
    name: 'x',
    config: { name: 'x', batch_input_shape: [null, 1], dtype: 'float32' },
    inbound_nodes: [],
  };
  const weights = [{ name: 'a/kernel', shape: [1, 1], dtype: 'float32' }];
  const written = async (name: string, listed: object[], paths: string[]) => {
    const config = { name: 'm', layers: listed, input_layers: [['x', 0, 0]], output_layers: [['a', 0, 0]] };
    const topology = { class_name: 'Functional', config };
    await mkdir(path(name), { recursive: true });
    await writeFile(path(name, 'w.bin'), new Uint8Array(4));
    await writeFile(path('secret.txt'), new Uint8Array(4));
    const file = path(name, 'model.json');
    await writeFile(file, JSON.stringify({ modelTopology: topology, weightsManifest: [{ paths, weights }] }));
    return file;
  };

  it.each<[string, object[], string[], RegExp]>([
    [
      'outside',
      [input, dense('a', 'x')],
      ['../secret.txt'],
      /weights at "\.\.\/secret\.txt", which is not below/,
    ],
    ['cyclic', [input, dense('a', 'b'), dense('b', 'a')], ['w.bin'], /'a' \(Dense\) takes a call of 'b'/],
    [
      'huge',
      [input, dense('a', 'x', 1e12)],
      ['w.bin'],
      /'a' of .* a kernel of the shape \[1,1000000000000\]/,
    ],
    ['linked', [input, dense('a', 'x')], ['link.bin'], /link\.bin' is not in the folder of/],
  ])('%s', async (name, listed, paths, words) => {
    const file = await written(name, listed, paths);
    if (name === 'linked') await symlink(path('secret.txt'), path(name, 'link.bin'));
    expect(await failing(file)).toMatchObject({
      name: 'FeedalignError',
      code: 'bad-data-file',
      message: expect.stringMatching(words),
    });
  });

  it('reads no more than it is allowed to', async () => {
    const file = await saved('allowed');
    const loading = loadLayersModel(fileSystem(file, { maxBytes: 100 }));
    await expect(loading).rejects.toThrow(/bytes, more than the 100 that it may have/);
  });
});

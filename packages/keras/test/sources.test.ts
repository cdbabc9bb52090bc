import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadKerasModel as inBrowser, type KerasSource } from '../src/index.js';
import { loadKerasModel } from '../src/node.js';
import {
  difference,
  type Expected,
  filesOf,
  json,
  onBackend,
  predict,
  temporaryFolder,
  write,
} from './support.js';

onBackend('cpu');
afterEach(() => tf.disposeVariables());
const path = temporaryFolder();

const files = filesOf('keras3');
const mlp = Object.fromEntries(
  Object.entries(files).flatMap(([name, bytes]) =>
    name.startsWith('mlp/') ? [[name.slice('mlp/'.length), bytes]] : [],
  ),
);
const expected = json<Expected>(mlp['data.json']);
const shard = Object.keys(mlp).find((name) => name.endsWith('.bin')) as string;
const topology = json<{ modelTopology: object; weightsManifest: object[] }>(mlp['from-keras/model.json']);

function expectMlp(model: LayersModel): void {
  const [{ values }] = predict(model, expected);
  expect(difference(expected.outputs[0].values, values)).toBeLessThan(1e-4);
}

/** The error of a loading that must fail, and that it leaves nothing behind. */
async function failure(source: KerasSource, load = loadKerasModel): Promise<Error & { code?: string }> {
  const before = tf.memory().numTensors;
  const error = await load(source).then(
    () => new Error('loaded'),
    (reason) => reason,
  );
  expect(tf.memory().numTensors).toBe(before);
  expect(error.name).toBe('FeedalignError');
  return error;
}

describe('what a model is loaded from', () => {
  it.each<[string, () => KerasSource]>([
    ['bytes', () => mlp['model.keras']],
    ['a buffer', () => Uint8Array.from(mlp['model.h5']).buffer],
    ['a blob', () => new Blob([Uint8Array.from(mlp['model.keras'])])],
    [
      'a handler of tfjs',
      () => {
        const { modelTopology, weightsManifest } = topology as {
          modelTopology: object;
          weightsManifest: { weights: never[] }[];
        };
        const bytes = Object.keys(mlp).filter(
          (name) => name.startsWith('from-keras/') && name.endsWith('.bin'),
        );
        const weightData = bytes.map((name) => Uint8Array.from(mlp[name]).buffer);
        return { load: async () => ({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }) };
      },
    ],
  ])('%s', async (_, source) => {
    expectMlp(await inBrowser(source()));
  });

  it('paths of a file, of a folder with a model.json, and file URLs', async () => {
    write(path('kept'), mlp);
    expectMlp(await loadKerasModel(path('kept', 'model.h5')));
    expectMlp(await loadKerasModel(path('kept', 'from-keras')));
    expectMlp(await loadKerasModel(pathToFileURL(path('kept', 'model.keras'))));
    expectMlp(await loadKerasModel(pathToFileURL(path('kept', 'from-h5', 'model.json')).href));
  });

  it('an address of a scheme that somebody registered with tfjs', async () => {
    const { modelTopology, weightsManifest } = topology as {
      modelTopology: object;
      weightsManifest: { weights: never[] }[];
    };
    const weightData = Uint8Array.from(mlp['from-keras/group1-shard1of1.bin']).buffer;
    const load = async () => ({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData });
    tf.io.registerLoadRouter((url) => (url === 'kept://mlp' ? { load } : (null as never)));
    expectMlp(await loadKerasModel('kept://mlp'));
    expectMlp(await inBrowser('kept://mlp'));
  });

  it('a file by any name: what is in it counts', async () => {
    write(path('misnamed'), { 'model.json': mlp['model.keras'], weights: mlp['model.h5'] });
    expectMlp(await loadKerasModel(path('misnamed', 'model.json')));
    expectMlp(await loadKerasModel(path('misnamed', 'weights')));
  });

  it('a model that TensorFlow.js saved, with its optimizer and metadata', async () => {
    const own = sequential({
      layers: [layers.dense({ units: 2, inputShape: [5], kernelInitializer: 'ones' })],
    });
    own.compile({ optimizer: tf.train.adam(0.25), loss: 'meanSquaredError' });
    const batch = [tf.ones([3, 5]), tf.zeros([3, 2])] as const;
    await own.trainOnBatch(...batch);
    own.setUserDefinedMetadata({ note: 'kept' });
    let saved: tf.io.ModelArtifacts = {};
    const keep = tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    });
    await own.save(keep, { includeOptimizer: true });
    const model = await loadKerasModel({ load: async () => saved });
    expect(predict(model, expected)).toEqual(predict(own, expected));
    expect(model.getUserDefinedMetadata()).toEqual({ note: 'kept' });
    await own.trainOnBatch(...batch);
    await model.trainOnBatch(...batch);
    expect(predict(model, expected)).toEqual(predict(own, expected));
  });

  it('a separable convolution that TensorFlow.js saved without its depth multiplier', async () => {
    const own = sequential({
      layers: [
        layers.separableConv2d({ filters: 2, kernelSize: 2, depthMultiplier: 3, inputShape: [4, 4, 2] }),
      ],
    });
    let saved: tf.io.ModelArtifacts = {};
    const keep = tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    });
    await own.save(keep);
    const model = await loadKerasModel({ load: async () => saved });
    const x = tf.randomNormal([3, 4, 4, 2]);
    const [found, right] = [model, own].map((each) => (each.predict(x) as tf.Tensor).dataSync());
    expect(found).toEqual(right);
  });

  it('a model that TensorFlow.js saved without weights: they are drawn', async () => {
    const own = sequential({
      layers: [layers.dense({ units: 2, inputShape: [5], kernelInitializer: 'ones' })],
    });
    const modelTopology = own.toJSON(null, false) as object;
    const model = await loadKerasModel({ load: async () => ({ modelTopology }) });
    expect(predict(model, expected)).toEqual(predict(own, expected));
  });

  it('weights that the converter quantized', async () => {
    const model = structuredClone(topology) as { weightsManifest: { weights: Record<string, unknown>[] }[] };
    const [{ weights }] = model.weightsManifest;
    for (const weight of weights) weight.quantization = { dtype: 'uint8', scale: 0.5, min: -1 };
    const count = weights.reduce((sum, { shape }) => sum + (shape as number[]).reduce((a, b) => a * b, 1), 0);
    write(path('quantized'), {
      'model.json': JSON.stringify(model),
      'group1-shard1of1.bin': new Uint8Array(count).fill(4),
    });
    const loaded = await loadKerasModel(path('quantized'));
    expect(new Set(loaded.getWeights().flatMap((weight) => [...weight.dataSync()]))).toEqual(new Set([1]));
  });

  it('carries the metadata that the converter was given', async () => {
    const model = JSON.stringify({ ...topology, userDefinedMetadata: { note: 'kept' } });
    write(path('noted'), { ...mlp, 'from-keras/model.json': model });
    expect((await loadKerasModel(path('noted', 'from-keras'))).getUserDefinedMetadata()).toEqual({
      note: 'kept',
    });
  });
});

describe('an address', () => {
  let server: Server;
  let address = '';
  beforeAll(async () => {
    const asked = new Map(
      Object.entries({ ...mlp, 'page.json': strToU8('<!doctype html><title>Not here</title>') }),
    );
    server = createServer(({ url = '' }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      const bytes = asked.get(pathname.slice(1));
      const isAllowed = !pathname.startsWith('/from-h5') || searchParams.get('key') === 'mine';
      response.writeHead(bytes && isAllowed ? 200 : 404).end(bytes && isAllowed ? bytes : 'nothing');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it.each(['model.keras', 'model.h5', 'from-keras/model.json', 'from-h5/model.json?key=mine'])(
    'of %s',
    async (file) => {
      expectMlp(await inBrowser(`${address}/${file}`));
      expectMlp(await loadKerasModel(new URL(file, `${address}/`)));
    },
  );

  it('that is not there, or is a page', async () => {
    expect(await failure(`${address}/none.keras`)).toMatchObject({
      code: 'bad-data-file',
      message: expect.stringMatching(/none\.keras' is answered with 404/),
    });
    expect((await failure(`${address}/page.json`)).message).toMatch(
      /is a web page, not a model\. Check the address/,
    );
  });

  it('that nobody answers', async () => {
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const error = await failure(`http://127.0.0.1:${port}/model.keras`);
    expect(error.message).toMatch(/cannot be reached \(ECONNREFUSED\)/);
  });

  it('that is none, outside of Node', async () => {
    expect((await failure('model.keras', inBrowser)).message).toMatch(
      /'model\.keras' is no address.*@feedalign\/keras\/node/,
    );
  });
});

describe('files that are broken or no model', () => {
  const archive = () => unzipSync(mlp['model.keras']);
  const cut = (bytes: Uint8Array, share: number) => bytes.slice(0, Math.floor(bytes.length * share));
  /** The .keras file with some of its files changed or left out. */
  const zip = (changes: Readonly<Record<string, Uint8Array | undefined>>) => {
    const entries = Object.entries({ ...archive(), ...changes });
    return zipSync(
      Object.fromEntries(entries.filter((entry): entry is [string, Uint8Array] => entry[1] !== undefined)),
    );
  };
  const edited = (from: string, to: string) =>
    zip({ 'config.json': text(new TextDecoder().decode(archive()['config.json']).replace(from, to)) });
  const text = (value: unknown) => strToU8(typeof value === 'string' ? value : JSON.stringify(value));

  it.each<[string, () => Uint8Array, string, RegExp]>([
    ['an empty file', () => new Uint8Array(), 'bad-data-file', /is empty/],
    ['no JSON', () => text('{"modelTopology": '), 'bad-data-file', /is no model.*\.keras/],
    ['JSON that is no model', () => text('[1]'), 'bad-data-file', /has no modelTopology/],
    ['null', () => text('null'), 'bad-data-file', /has no modelTopology/],
    ['a page', () => text('\n <html>'), 'bad-data-file', /web page/],
    [
      'a GraphModel',
      () => text({ format: 'graph-model', modelTopology: {} }),
      'unsupported-model',
      /GraphModel.*tfjs_layers_model/,
    ],
    [
      'a GraphModel without a format',
      () => text({ modelTopology: { node: [] } }),
      'unsupported-model',
      /GraphModel/,
    ],
    [
      'a model.json alone',
      () => mlp['from-keras/model.json'],
      'bad-data-file',
      /weights in another file, 'group1-shard1of1\.bin'/,
    ],
    ['half a zip', () => cut(mlp['model.keras'], 0.5), 'bad-data-file', /zip that cannot be read/],
    ['half an .h5', () => cut(mlp['model.h5'], 0.5), 'bad-data-file', /cannot be read as HDF5/],
    [
      'an .h5 of weights only',
      () => archive()['model.weights.h5'],
      'bad-data-file',
      /weights only.*model\.save/,
    ],
    ['a zip of something else', () => zipSync({ 'a.txt': text('a') }), 'bad-data-file', /no config\.json/],
    [
      'weights in pieces',
      () => zip({ 'model.weights.h5': undefined }),
      'bad-data-file',
      /no model\.weights\.h5/,
    ],
    [
      'broken weights in a zip',
      () => zip({ 'model.weights.h5': cut(archive()['model.weights.h5'], 0.4) }),
      'bad-data-file',
      /cannot be read as HDF5/,
    ],
    [
      'weights of another model',
      () => zip({ 'model.weights.h5': unzipSync(files['stacked/model.keras'])['model.weights.h5'] }),
      'shape-mismatch',
      /'dense' \(Dense\) has weights of the shapes \[5,7\], \[7\], but 'the file' has \[4,3\], \[3\] for it/,
    ],
    [
      'a layer that nobody knows',
      () => edited('"LeakyReLU"', '"Snake"'),
      'unsupported-layer',
      /'leaky_re_lu' \(Snake\) is not among those that can be read.*registerClass/,
    ],
    [
      'layers that do not fit together',
      () => edited('"units": 7', '"units": -7'),
      'unsupported-model',
      /TensorFlow\.js cannot make the model/,
    ],
  ])('%s', async (_, bytes, code, words) => {
    expect(await failure(bytes())).toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it.each([-1, +1])('weights of %i byte more than the model says', async (more) => {
    const bytes = mlp[shard];
    const wrong = more < 0 ? bytes.slice(0, -1) : Uint8Array.from([...bytes, 0]);
    write(path(`bytes${more}`), { ...mlp, [shard]: wrong });
    const error = await failure(path(`bytes${more}`, shard.split('/')[0]));
    expect(error).toMatchObject({ code: 'bad-data-file' });
    expect(error.message).toContain(`should be ${bytes.length} bytes, but there are ${wrong.length}`);
  });

  it('files that do not exist, by name', async () => {
    expect((await failure(path('nowhere.keras'))).message).toContain(
      `'${path('nowhere.keras')}' does not exist`,
    );
    write(path('shardless'), { 'model.json': mlp['from-keras/model.json'] });
    expect((await failure(path('shardless'))).message).toMatch(/group1-shard1of1\.bin' does not exist/);
    mkdirSync(path('empty'));
    expect((await failure(path('empty'))).message).toMatch(/model\.json' does not exist/);
  });

  it('a SavedModel', async () => {
    write(path('saved'), { 'saved_model.pb': '' });
    expect(await failure(path('saved'))).toMatchObject({
      code: 'unsupported-model',
      message: expect.stringMatching(/SavedModel.*model\.keras/),
    });
  });

  it('a handler of a GraphModel, and something that is none', async () => {
    const graph = { load: async () => ({ format: 'graph-model', modelTopology: {} }) };
    expect(await failure(graph)).toMatchObject({ code: 'unsupported-model' });
    expect((await failure({} as KerasSource)).message).toMatch(/nothing to load/);
  });
});

describe('weights that are found by their names', () => {
  it('are refused where two layers could be meant', async () => {
    const model = json<{ weightsManifest: { weights: { name: string }[] }[] }>(mlp['from-h5/model.json']);
    for (const weight of model.weightsManifest[0].weights)
      weight.name = weight.name.replace('dense_1/', 'dense/dense_1/');
    write(path('ambiguous'), { ...mlp, 'from-h5/model.json': JSON.stringify(model) });
    const error = await failure(path('ambiguous', 'from-h5'));
    expect(error.message).toMatch(/dense\/dense_1\/\w+' could belong to 'dense(_1)?' or to 'dense(_1)?'/);
  });
});

it('a layer that the user wrote and registered is read like any other', async () => {
  class Doubling extends layers.Layer {
    static readonly className = 'Doubling';
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.mul([inputs].flat()[0], 2);
    }
  }
  tf.serialization.registerClass(Doubling);
  const unzipped = unzipSync(mlp['model.keras']);
  const config = JSON.parse(new TextDecoder().decode(unzipped['config.json']));
  config.config.layers.push({
    module: 'mine',
    class_name: 'Doubling',
    config: { name: 'twice', trainable: true, dtype: 'float32' },
  });
  const model = await loadKerasModel(
    zipSync({ ...unzipped, 'config.json': strToU8(JSON.stringify(config)) }),
  );
  const [{ values }] = predict(model, expected);
  expect(
    difference(
      expected.outputs[0].values.map((value) => 2 * value),
      values,
    ),
  ).toBeLessThan(1e-4);
});

// Files that were made, or are broken, so as to do harm: an error of the library, in bounded time and memory.
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { strToU8, unzipSync, zipSync, zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { KerasSource } from '../src/index.js';
import { loadKerasModel } from '../src/node.js';
import { unzip, unzlib } from '../src/source/zip.js';
import { filesOf, json, onBackend, temporaryFolder, write } from './support.js';

onBackend('cpu');
const path = temporaryFolder();
const files = filesOf('keras3');
const archive = unzipSync(files['mlp/model.keras']);
const text = (value: unknown) => strToU8(typeof value === 'string' ? value : JSON.stringify(value));

async function failure(source: KerasSource, options = {}): Promise<Error & { code?: string }> {
  const before = tf.memory().numTensors;
  const error = await loadKerasModel(source, options).then(
    () => new Error('loaded'),
    (reason) => reason,
  );
  expect(tf.memory().numTensors).toBe(before);
  expect([error.name, error.message]).toEqual(['FeedalignError', error.message]);
  return error;
}

const dense = (name: string, from: string | undefined, config = {}) => ({
  class_name: 'Dense',
  name,
  config: { name, units: 1, trainable: true, dtype: 'float32', ...config },
  ...(from === undefined ? {} : { inbound_nodes: [[[from, 0, 0, {}]]] }),
});
const input = {
  class_name: 'InputLayer',
  name: 'x',
  config: { name: 'x', batch_input_shape: [null, 1], dtype: 'float32' },
  inbound_nodes: [],
};
const model = (layers: object[], output: string, more: object = {}) =>
  text({
    modelTopology: {
      class_name: 'Functional',
      config: { name: 'm', layers, input_layers: [['x', 0, 0]], output_layers: [[output, 0, 0]] },
      ...more,
    },
    weightsManifest: [],
  });
const ofTfjs = { keras_version: 'tfjs-layers 4.22.0', backend: 'tensor_flow.js' };

describe.each([
  ['Keras', {}],
  ['TensorFlow.js', ofTfjs],
])('topologies of %s', (_, more) => {
  it.each<[string, () => Uint8Array, RegExp]>([
    [
      'that go round',
      () => model([input, dense('a', 'b'), dense('b', 'a')], 'b', more),
      /'a' \(Dense\) takes a call of 'b'/,
    ],
    [
      'without inbound_nodes',
      () => model([input, dense('a', undefined)], 'a', more),
      /'a' \(Dense\) is connected to nothing/,
    ],
    ['that name nobody', () => model([input, dense('a', 'nobody')], 'a', more), /takes a call of 'nobody'/],
    ['whose output nobody makes', () => model([input, dense('a', 'x')], 'z', more), /(output_layers|z)/],
    [
      'of 100,000 layers',
      () => {
        const chain = Array.from({ length: 100_000 }, (_, i) => dense(`d${i}`, i === 0 ? 'x' : `d${i - 1}`));
        return model([input, ...chain], 'd99999', more);
      },
      /more than 10000 layers/,
    ],
    [
      'of 9,000 layers, the last one first',
      () => {
        const chain = Array.from({ length: 9_000 }, (_, i) => dense(`d${i}`, i === 0 ? 'x' : `d${i - 1}`));
        return model([input, ...chain.reverse()], 'd8999', more);
      },
      /wrong order/,
    ],
    [
      'with a list in a list in a list …',
      () =>
        text(
          `{"modelTopology":{"class_name":"Functional","config":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
        ),
      /nested deeper than 128 levels/,
    ],
    [
      'with a layer of 10¹² units',
      () => model([input, dense('a', 'x', { units: 1e12 })], 'a', more),
      /'a' of .* \[1,1000000000000\]|has no weights/,
    ],
    [
      'with something else among the layers',
      () => model([input, 3 as never], 'x', more),
      /is no layer|broken/,
    ],
  ])('%s', async (_, bytes, words) => {
    expect((await failure(bytes())).message).toMatch(words);
  });
});

describe('archives', () => {
  it('that unpack to more than they say, or say that they unpack to more than they can', async () => {
    const bomb = zipSync({ 'config.json': new Uint8Array(2 ** 24) });
    const view = new DataView(bomb.buffer);
    const directory = view.getUint32(bomb.length - 6, true);
    view.setUint32(directory + 24, 2 ** 17, true);
    // Never more than is promised; what is cut off then is no model.
    expect(unzip('b', bomb, () => true, 2 ** 30).files.get('config.json')?.length).toBe(2 ** 17);
    for (const part of ['config.json', 'model.weights.h5']) {
      const lying = zipSync(archive);
      const bytes = new DataView(lying.buffer);
      const place = new TextDecoder('latin1').decode(lying).lastIndexOf(part) - 46;
      bytes.setUint32(place + 24, bytes.getUint32(place + 24, true) - 1, true);
      expect((await failure(lying)).code).toBe('bad-data-file');
    }
    view.setUint32(directory + 24, 2 ** 24 + 1, true);
    expect(() => unzip('b', bomb, () => true, 2 ** 30)).toThrow(/16777216 bytes, where 16777217 should be/);
    view.setUint32(directory + 24, 2 ** 31, true);
    expect(() => unzip('b', bomb, () => true, 2 ** 32)).toThrow(/bytes unpack to 2147483648/);
    expect(() => unzlib(zlibSync(new Uint8Array(2 ** 24)), 100)).toThrow(/more than the 100 bytes/);
  });

  it('that are larger than allowed', async () => {
    const error = await failure(files['mlp/model.keras'], { maxBytes: 20_000 });
    expect(error.message).toMatch(/bytes, more than the 20000|more than the 20000 that are allowed/);
  });

  it('with a config.json that is none', async () => {
    const broken = zipSync({ ...archive, 'config.json': text('{"class_name": ') });
    expect((await failure(broken)).message).toMatch(/\(config\.json\)' is no model/);
  });
});

describe('folders', () => {
  const topology = json<{ weightsManifest: { paths: string[] }[] }>(files['mlp/from-keras/model.json']);
  const shard = files['mlp/from-keras/group1-shard1of1.bin'];
  const at = (paths: string[]) => {
    const [group] = topology.weightsManifest;
    return JSON.stringify({ ...topology, weightsManifest: [{ ...group, paths }] });
  };

  it.each([
    '../secret.bin',
    '/etc/passwd',
    'a/../../secret.bin',
    '..\\secret.bin',
    'https://elsewhere.org/w.bin',
  ])('with weights at %s', async (where) => {
    write(path('escape', 'model'), { 'model.json': at([where]), 'a/here': '' });
    write(path('escape'), { 'secret.bin': shard });
    const error = await failure(path('escape', 'model'));
    expect(error.message).toContain(
      `has its weights at ${JSON.stringify(where)}, which is not below its folder`,
    );
  });

  it('with a link that leads out', async () => {
    write(path('linked', 'model'), { 'model.json': at(['w.bin']) });
    write(path('linked'), { 'secret.bin': shard });
    symlinkSync(path('linked', 'secret.bin'), path('linked', 'model', 'w.bin'));
    expect((await failure(path('linked', 'model'))).message).toMatch(/w\.bin' is not in the folder of/);
  });

  it('with a link within', async () => {
    write(path('within'), { 'model.json': at(['w.bin']), 'real/w.bin': shard });
    symlinkSync(path('within', 'real', 'w.bin'), path('within', 'w.bin'));
    (await loadKerasModel(path('within'))).dispose();
  });

  it.skipIf(process.platform === 'win32')('with a pipe, or a device, in place of a file', async () => {
    write(path('piped'), { 'model.json': at(['w.bin']) });
    execFileSync('mkfifo', [path('piped', 'w.bin'), path('piped', 'pipe.keras')]);
    expect((await failure(path('piped'))).message).toMatch(
      /w\.bin' is no ordinary file, but a pipe or a device/,
    );
    expect((await failure(path('piped', 'pipe.keras'))).message).toMatch(/is no ordinary file/);
    expect((await failure('/dev/zero')).message).toMatch(/is no ordinary file/);
  });
});

it('names are shown without what moves a cursor', async () => {
  const name = 'red\u001b[31m\u202eevil\nline';
  const error = await failure(model([input, dense(name, 'nobody')], name));
  expect(error.message).toContain('red\\u{1b}[31m\\u{202e}evil\\u{a}line');
});

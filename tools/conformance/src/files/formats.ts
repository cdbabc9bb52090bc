// The formats that the library reads, each with whole files of it, how they are changed, and how they are read.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Bytes, datasets, parseCifar10, parseIdx } from '@feedalign/datasets';
import { loadKerasModel } from '@feedalign/keras';
import { fileSystem } from '@feedalign/models/node';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { createTar } from 'nanotar';
import type { Dice } from '../attack/dice.js';
import { mutated, mutatedJson } from './mutate.js';

/** Draws a changed file, and gives what reads it. */
export type Format = (chance: Dice) => () => Promise<unknown>;

/** The fixtures are given by their folder: what runs is a bundle. */
const zipped = (version: string) =>
  unzipSync(new Uint8Array(readFileSync(join(process.env.FEEDALIGN_FIXTURES as string, `${version}.zip`))));
const fixtures = { keras2: zipped('keras2'), keras3: zipped('keras3') };
const models = ['mlp', 'classifier', 'transformer', 'half_frozen', 'cnn', 'text', 'adapted', 'translator'];

const drawn = (chance: Dice, file: string): Uint8Array =>
  fixtures[chance.pick(['keras2', 'keras3'] as const)][`${chance.pick(models)}/${file}`];

const load = async (source: Parameters<typeof loadKerasModel>[0]) =>
  (await loadKerasModel(source, { maxBytes: 2 ** 28 })).dispose();

const idx = (count: number) =>
  Uint8Array.from([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 4, 0, 0, 0, 4, ...new Uint8Array(16 * count)]);
const records = (count: number) =>
  Uint8Array.from({ length: 3073 * count }, (_, i) => (i % 3073 === 0 ? i % 10 : i % 251));

const archive = createTar(
  [
    'data_batch_1.bin',
    'data_batch_2.bin',
    'data_batch_3.bin',
    'data_batch_4.bin',
    'data_batch_5.bin',
    'test_batch.bin',
  ].map((name) => ({ name: `cifar-10-batches-bin/${name}`, data: records(1) })),
);

/** A description by Keras, changed, with the weights as they were. */
const kerasJson: Format = (chance) => {
  const [version, folder] = [
    chance.pick(['keras2', 'keras3'] as const),
    chance.pick(['from-h5', 'from-keras']),
  ];
  const prefix = `${chance.pick(models)}/${folder}/`;
  const files = Object.entries(fixtures[version]).filter(([path]) => path.startsWith(prefix));
  const json = fixtures[version][`${prefix}model.json`];
  const text = chance.chance(0.2) ? mutated(json, chance) : strToU8(mutatedJson(strFromU8(json), chance));
  const shards = files
    .filter(([path]) => path.endsWith('.bin'))
    .map(([path, bytes]) => new File([bytes as Bytes], path.slice(prefix.length)));
  return () => load([new File([text as Bytes], 'model.json'), ...shards]);
};

/** Written by TensorFlow.js: the same layers, and the mark that it leaves. */
function ofTfjs(chance: Dice): Uint8Array {
  const dense = (name: string, units: number, from: string) => ({
    class_name: 'Dense',
    name,
    config: { name, units, trainable: true, dtype: 'float32', activation: 'relu', use_bias: false },
    inbound_nodes: [[[from, 0, 0, {}]]],
  });
  const json = {
    format: 'layers-model',
    modelTopology: {
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
      model_config: {
        class_name: 'Functional',
        config: {
          name: 'm',
          layers: [
            {
              class_name: 'InputLayer',
              name: 'x',
              config: { name: 'x', batch_input_shape: [null, 11] },
              inbound_nodes: [],
            },
            dense('a', 11, 'x'),
            dense('b', 2, 'a'),
          ],
          input_layers: [['x', 0, 0]],
          output_layers: [['b', 0, 0]],
        },
      },
    },
    weightsManifest: [
      {
        paths: ['group1-shard1of1.bin'],
        weights: [
          { name: 'a/kernel', shape: [11, 11], dtype: 'float32' },
          { name: 'b/kernel', shape: [11, 2], dtype: 'float32' },
        ],
      },
    ],
  };
  const text = JSON.stringify(json);
  return chance.chance(0.2) ? mutated(strToU8(text), chance) : strToU8(mutatedJson(text, chance));
}

/** Both ways in: the loader of Keras files, and the handler for tfjs' own. */
async function readTfjs(bytes: Uint8Array): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'feedalign-attack-'));
  try {
    const file = join(folder, 'model', 'model.json');
    mkdirSync(dirname(file));
    writeFileSync(file, bytes);
    writeFileSync(join(folder, 'secret'), 'secret');
    writeFileSync(join(folder, 'model', 'group1-shard1of1.bin'), new Uint8Array(4 * 143));
    const handler = fileSystem(file, { maxBytes: 2 ** 28 });
    const [first] = await Promise.allSettled([handler.load?.()]);
    const weights = new File([new Uint8Array(4 * 143)], 'group1-shard1of1.bin');
    await load([new File([bytes as Bytes], 'model.json'), weights]);
    if (first.status === 'rejected') throw first.reason;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function kerasArchive(chance: Dice): Uint8Array {
  const whole = drawn(chance, 'model.keras');
  if (chance.chance(0.3)) return mutated(whole, chance);
  const files = unzipSync(whole);
  const name = chance.pick(['config.json', 'config.json', 'metadata.json', 'model.weights.h5']);
  files[name] = name.endsWith('.h5')
    ? (mutated(files[name], chance) as Bytes)
    : strToU8(mutatedJson(strFromU8(files[name]), chance));
  return zipSync(files, { level: 0 });
}

const readTar = (bytes: Uint8Array) =>
  datasets.cifar10.load({
    requireChecksums: false,
    source: {
      locate: (name) => name,
      remedy: 'Give others.',
      read: async (name: string) => (name.endsWith('.tar.gz') ? (bytes as Bytes) : undefined),
    },
  });

const of =
  (change: (chance: Dice) => Uint8Array, read: (bytes: Uint8Array) => Promise<unknown>): Format =>
  (chance) => {
    const bytes = change(chance);
    return () => read(bytes);
  };

export const formats: Readonly<Record<string, Format>> = {
  IDX: of(
    (chance) => mutated(idx(chance.int(1, 5)), chance),
    async (bytes) => parseIdx(bytes, 'the file'),
  ),
  CIFAR: of(
    (chance) => mutated(records(chance.int(1, 2)), chance),
    async (bytes) => parseCifar10(bytes, 'the file'),
  ),
  tar: of((chance) => mutated(archive, chance), readTar),
  'tfjs model.json': of(ofTfjs, readTfjs),
  'Keras model.json': kerasJson,
  '.keras': of(kerasArchive, load),
  '.h5': of((chance) => mutated(drawn(chance, 'model.h5'), chance), load),
};

/** What the attack has to see. */
export const faults: Readonly<Record<string, Format>> = {
  'a raw exception': () => async () => {
    throw new RangeError('out of bounds');
  },
  'a thrown string': () => async () => {
    throw 'not found';
  },
  'a hang': () => async () => {
    for (;;);
  },
  'a blow-up': () => async () => {
    const whole = new Uint8Array(2 ** 30).fill(1);
    return whole.length;
  },
};

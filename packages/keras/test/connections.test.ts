// Files whose layers cannot be called one after the other end with an error, in each format.
import * as tf from '@tensorflow/tfjs-core';
import { model as functional, input, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { type JsonObject, loadKerasModel } from '../src/index.js';
import { build } from '../src/load.js';
import { onBackend } from './support.js';

onBackend('cpu');

interface Described {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes?: unknown;
}

const history = (layer: string, call = 0) => [layer, call, 0];
const tensor = (layer: string, call = 0) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 3], dtype: 'float32', keras_history: history(layer, call) },
});

/** How each version writes the calls of a layer, each of a list of layers. */
const versions = {
  2: (...calls: [string, number?][][]) => calls.map((call) => call.map((from) => [...history(...from), {}])),
  3: (...calls: [string, number?][][]) =>
    calls.map((call) => ({
      args: call.length > 1 ? [call.map((from) => tensor(...from))] : [tensor(...call[0])],
      kwargs: {},
    })),
};

/** x → a → b → sum(a, b), as Keras writes it. */
function described(version: 2 | 3): Described[] {
  const called = versions[version];
  const dense = (name: string, from: string): Described => ({
    class_name: 'Dense',
    name,
    config: { name, units: 3, use_bias: false, trainable: true, dtype: 'float32' },
    inbound_nodes: called([[from]]),
  });
  return [
    {
      class_name: 'InputLayer',
      name: 'x',
      config: { name: 'x', batch_input_shape: [null, 3], dtype: 'float32' },
      inbound_nodes: [],
    },
    dense('a', 'x'),
    dense('b', 'a'),
    {
      class_name: 'Add',
      name: 'sum',
      config: { name: 'sum', trainable: true, dtype: 'float32' },
      inbound_nodes: called([['a'], ['b']]),
    },
  ];
}

const breakages: Readonly<Record<string, [(layers: Described[], version: 2 | 3) => void, RegExp]>> = {
  'a layer without inbound_nodes': [
    (layers) => {
      delete layers[2].inbound_nodes;
    },
    /The layer 'b' \(Dense\) is connected to nothing/,
  ],
  'a layer with none in them': [
    (layers) => {
      layers[1].inbound_nodes = [];
    },
    /The layer 'a' \(Dense\) is connected to nothing/,
  ],
  'layers that wait for one another': [
    (layers, version) => {
      layers[1].inbound_nodes = versions[version]([['b']]);
    },
    /The layer '[ab]' \(Dense\) takes a call of '[ab]' that does not come before it/,
  ],
  'a layer that is not there': [
    (layers, version) => {
      layers[1].inbound_nodes = versions[version]([['nobody']]);
    },
    /The layer 'a' \(Dense\) takes a call of 'nobody' that/,
  ],
  'a call that is not there': [
    (layers, version) => {
      layers[3].inbound_nodes = versions[version]([['a'], ['b', 4]]);
    },
    /The layer 'sum' \(Add\) takes a call of 'b' that/,
  ],
};

const topologyOf = (layers: Described[]) =>
  ({
    class_name: 'Functional',
    config: { name: 'm', layers, input_layers: [history('x')], output_layers: [history('sum')] },
  }) as unknown as JsonObject;

describe.each(Object.entries(breakages))('%s', (_, [broken, message]) => {
  it.each([2, 3] as const)('Keras %i', async (version) => {
    const layers = described(version);
    broken(layers, version);
    const file = { kind: 'keras', topology: topologyOf(layers), version, weights: [] };
    await expect(build(file as never, 'file')).rejects.toThrow(message);
    await expect(build(file as never, 'file')).rejects.toMatchObject({ code: 'bad-data-file' });
  });

  it('TensorFlow.js', async () => {
    const x = input({ shape: [3], name: 'x' });
    const dense = (name: string) => layers.dense({ units: 3, useBias: false, name });
    const a = dense('a').apply(x) as SymbolicTensor;
    const b = dense('b').apply(a) as SymbolicTensor;
    const outputs = layers.add({ name: 'sum' }).apply([a, b]) as SymbolicTensor;
    let saved: tf.io.ModelArtifacts = {};
    await functional({ inputs: x, outputs }).save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
      }),
    );
    const topology = structuredClone(saved.modelTopology) as { config: { layers: Described[] } };
    broken(topology.config.layers, 2);
    const artifacts = { ...saved, modelTopology: topology };
    await expect(loadKerasModel({ load: async () => artifacts })).rejects.toThrow(message);
  });
});

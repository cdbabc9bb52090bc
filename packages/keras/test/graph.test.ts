import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import '../src/layers/index.js';
import { makeModel } from '../src/make-model.js';
import { emit } from '../src/topology/emit.js';
import { outputOf, type TfjsLayer, type TfjsModel, withoutDeadEnds } from '../src/topology/graph.js';
import type { TensorRef } from '../src/topology/model.js';
import { readTopology } from '../src/topology/normalize.js';
import { onBackend } from './support.js';

onBackend('cpu');

interface Drawn {
  /** For each call, which layer it is of, and how far back its inputs are. */
  readonly calls: readonly { readonly layer: number; readonly back: readonly number[] }[];
  readonly order: readonly number[];
}

/** Layers that are called several times, merges, and a file that lists layers and calls in any order. */
const drawn: fc.Arbitrary<Drawn> = fc.integer({ min: 1, max: 8 }).chain((count) =>
  fc.record({
    calls: fc.array(
      fc.record({
        layer: fc.integer({ min: 0, max: 3 }),
        back: fc.array(fc.nat(7), { minLength: 1, maxLength: 2 }),
      }),
      { minLength: count, maxLength: count },
    ),
    order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
  }),
);

/** Layer n multiplies by n + 2 and adds 1; a call of two tensors adds them up first. */
function modelOf({ calls, order }: Drawn): { model: TfjsModel; value: (input: number) => number } {
  const made: { ref: TensorRef; value: (input: number) => number }[] = [
    { ref: outputOf('input'), value: (input) => input },
  ];
  const layers = new Map<string, TensorRef[][]>();
  const call = (name: string, inputs: TensorRef[]): TensorRef => {
    const list = layers.get(name) ?? [];
    layers.set(name, [...list, inputs]);
    return outputOf(name, list.length);
  };
  for (const { layer, back } of calls) {
    const inputs = back.map((distance) => made[Math.max(made.length - 1 - distance, 0)]);
    const sum =
      inputs.length === 1
        ? inputs[0]
        : {
            ref: call(
              `sum${made.length}`,
              inputs.map(({ ref }) => ref),
            ),
            value: (input: number) => inputs.reduce((total, each) => total + each.value(input), 0),
          };
    made.push({
      ref: call(`layer${layer}`, [sum.ref]),
      value: (input) => sum.value(input) * (layer + 2) + 1,
    });
  }
  const operation = (name: string): TfjsLayer['config'] =>
    name.startsWith('sum')
      ? { name, operation: 'add', operands: null, options: {} }
      : { name, operation: 'scaledAdd', operands: [1, null], options: { scale: Number(name.at(-1)) + 2 } };
  const listed = [...layers].map(
    ([name, each]): TfjsLayer => ({ className: 'Operation', name, config: operation(name), calls: each }),
  );
  const shuffled = [...listed.keys()]
    .sort((a, b) => order.indexOf(a % 8) - order.indexOf(b % 8))
    .map((i) => listed[i]);
  const input: TfjsLayer = {
    className: 'InputLayer',
    name: 'input',
    config: { name: 'input', batch_input_shape: [null, 1] },
    calls: [],
  };
  const last = made[made.length - 1];
  const model: TfjsModel = {
    kind: 'Functional',
    name: 'drawn',
    layers: [input, ...shuffled],
    inputs: [outputOf('input')],
    outputs: [last.ref],
  };
  return { model, value: last.value };
}

it('layers that are called several times, listed in any order, take what they were given', () => {
  fc.assert(
    fc.property(drawn, (each) => {
      const { model, value } = modelOf(each);
      const made = makeModel(emit(withoutDeadEnds(model)));
      const found = tf.tidy(() => (made.predict(tf.tensor2d([[3], [-2]])) as tf.Tensor).dataSync());
      expect([...found]).toEqual([value(3), value(-2)]);
    }),
    { numRuns: 200, seed: 5 },
  );
});

/** h = Dense(x); what takes h twice; the sum of both: as Keras 3 describes it. */
const takenTwice = (className: string, config: object, args: unknown[]) => {
  const named = (name: string, more: object = {}) => ({ name, trainable: true, dtype: 'float32', ...more });
  const from = (layer: string) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4, 6], dtype: 'float32', keras_history: [layer, 0, 0] },
  });
  const layer = (class_name: string, name: string, more: object, ...args: unknown[]) => ({
    class_name,
    name,
    config: named(name, more),
    inbound_nodes: args.length === 0 ? [] : [{ args, kwargs: {} }],
  });
  return {
    class_name: 'Functional',
    config: {
      name: 'm',
      layers: [
        layer('InputLayer', 'x', { batch_shape: [null, 4, 6] }),
        layer('Dense', 'h', { units: 6 }, from('x')),
        layer(className, 'twice', config, ...args),
        layer('Add', 'sum', {}, [from('h'), from('twice')]),
        layer('LayerNormalization', 'norm', { axis: -1 }, from('sum')),
      ],
      input_layers: [['x', 0, 0]],
      output_layers: [['norm', 0, 0]],
    },
  };
};
const h = {
  class_name: '__keras_tensor__',
  config: { shape: [null, 4, 6], dtype: 'float32', keras_history: ['h', 0, 0] },
};

it.each([
  ['MultiHeadAttention', { num_heads: 2, key_dim: 3 }, [h, h]],
  ['MultiHeadAttention', { num_heads: 2, key_dim: 3 }, [h, h, h]],
  ['Attention', {}, [[h, h]]],
  ['Multiply', {}, [[h, h]]],
  ['Add', {}, [[h, h, h]]],
  ['Subtract', {}, [[h, h]]],
] as const)(
  '%s of one tensor twice, which is taken again: predicts, and is saved so that stock tfjs does',
  async (className, config, args) => {
    const { topology } = readTopology(takenTwice(className, config, [...args]) as never, 3);
    const model = makeModel(topology);
    tf.tidy(() => {
      model.setWeights(
        model.getWeights().map((weight, i) => tf.randomNormal(weight.shape, 0, 1, 'float32', i + 1)),
      );
    });
    const x = tf.randomNormal([3, 4, 6]);
    // In training nothing is disposed on the way.
    const right = (model.apply(x, { training: true }) as tf.Tensor).dataSync<'float32'>();
    const difference = (found: ArrayLike<number>) =>
      right.reduce((far, value, i) => Math.max(far, Math.abs(value - found[i])), 0);
    expect(difference((model.predict(x) as tf.Tensor).dataSync())).toBeLessThan(1e-6);
    let saved: tf.io.ModelArtifacts = {};
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
      }),
    );
    const again = await loadLayersModel({ load: async () => saved });
    expect(difference((again.predict(x) as tf.Tensor).dataSync())).toBeLessThan(1e-6);
    tf.dispose(x);
  },
);

// Forward mode against backpropagation: ⟨e, logits′⟩ = ⟨∇L, v⟩ for every network of the zoo and every layer of tfjs-layers.
import { type BackendName, useBackend } from '@feedalign/backend';
import {
  createPass,
  createRng,
  type Directions,
  type FeedbackRule,
  forward,
  jvp,
  type Network,
  type Node,
  parametersOf,
  type Rng,
  type Unit,
} from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { evaluate, type Loss, lossesFor, lossFor } from '@feedalign/losses';
import { mlp } from '@feedalign/models';
import { rules } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { built, loss } from '../src/passes.js';
import { stockCases } from '../src/stock-cases/index.js';
import { prepare } from '../src/stock-gradients.js';
import { batchFor, type Specimen, zoo } from '../src/zoo.js';

afterEach(() => tf.disposeVariables());

const doubles = (tensor: tf.Tensor) => Float64Array.from(tensor.dataSync());
const inner = (a: tf.Tensor, b: tf.Tensor) => {
  const [left, right] = [doubles(a), doubles(b)];
  return left.reduce((sum, value, i) => sum + value * right[i], 0);
};
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const drawn = (rng: Rng, shape: readonly number[]) =>
  tf.tensor(rng.normal(shape.reduce((size, dimension) => size * dimension, 1)), [...shape]);

/**
 * Kernels of tfjs' that carry a signal back and have no gradient of their own: a change cannot be carried up through the
 * layers that use them.
 */
const withoutTangent: Readonly<Record<string, RegExp>> = {
  maxPooling3d: /MaxPooling3D.*'MaxPool3DGrad'/,
};

interface Case {
  readonly model: LayersModel;
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
  losses(network: ReturnType<typeof trace>): Loss[];
}

/** ⟨e, logits′⟩ and ⟨∇L, v⟩ along a direction of all weights, with how large they could be. */
function alongWeights({ model, x, y, losses }: Case): { forwards: number; backwards: number; scale: number } {
  const network = trace(model);
  const training = () => ({ training: true, rng: createRng(3) });
  const weights = new Map(
    parametersOf(network).map((parameter, i) => [
      parameter,
      drawn(createRng(7).stream(i), parameter.variable.shape),
    ]),
  );
  return tf.tidy(() => {
    const record = forward(network, [x], { ...training(), settles: 'later' });
    const objective = evaluate(record, { losses: losses(network), targets: [y] });
    const pass = createPass(record, objective, rules.bp.make() as FeedbackRule<null>, null);
    let [backwards, scale] = [0, 0];
    for (const { parameter, gradient } of pass.gradients(() => true)) {
      const direction = weights.get(parameter) as tf.Tensor;
      const computed = gradient.compute();
      backwards += inner(computed, direction);
      scale += Math.sqrt(inner(computed, computed) * inner(direction, direction));
    }
    const before = tf.memory().numTensors;
    const duals = jvp(network, [x], { weights }, training());
    expect(tf.memory().numTensors - before, 'tensors').toBe(2 * duals.length);
    const forwards = duals.reduce((sum, { tangent }, i) => sum + inner(objective.errors[i], tangent), 0);
    return { forwards, backwards, scale } as never;
  }) as never;
}

/** Networks whose input is a point that can move, all of whose layers have a tangent. */
const smooth = Object.entries(zoo).filter(
  ([name, { integersBelow }]) => !integersBelow && !withoutTangent[name],
);

/** A network of the zoo, its batch, and its loss. */
function taken(specimen: Specimen, seed = 2) {
  const { x, y } = batchFor(specimen, createRng(seed));
  const network = trace(built(specimen));
  const losses = lossesFor(network, loss);
  const training = { training: true, rng: createRng(3) };
  const pass = (moved = x) => {
    const record = forward(network, [moved], { ...training, settles: 'later' });
    return { record, objective: evaluate(record, { losses, targets: [y] }) };
  };
  return { network, x, training, pass };
}

/** Whether two numbers are the same to a part of what they could be. */
function near(found: number, expected: number, scale: number, tolerance: number, what = ''): void {
  expect(Math.abs(found - expected) / scale, `${what} ${found} and ${expected}`).toBeLessThan(tolerance);
}
const norm = (tensor: tf.Tensor) => Math.sqrt(inner(tensor, tensor));

for (const backend of ['cpu', 'wasm'] as BackendName[]) {
  describe(`jvp on ${backend}`, () => {
    beforeAll(async () => {
      await useBackend(backend);
    });

    const agree = (name: string, given: Case) => {
      const refusal = withoutTangent[name];
      if (refusal) return expect(() => alongWeights(given)).toThrow(refusal);
      const { forwards, backwards, scale } = alongWeights(given);
      expect(Math.abs(forwards - backwards) / scale, `${forwards} and ${backwards}`).toBeLessThan(1e-4);
    };

    it.each(Object.entries(zoo))('%s', (name, specimen) => {
      const { x, y } = batchFor(specimen, createRng(2));
      agree(name, { model: built(specimen), x, y, losses: (network) => lossesFor(network, loss) });
    });

    it.each(Object.entries(stockCases))('every layer: %s', (name, given) => {
      const { model, x, y } = prepare(given);
      const losses = (network: ReturnType<typeof trace>) =>
        network.outputs.map((output, i) =>
          lossFor(given.loss ?? 'meanSquaredError', output.activation, model.lossFunctions[i] as never),
        );
      agree(name, { model, x, y, losses });
    });

    // A seed under which no ReLU is so near to zero that a step changes its side; wasm rounds too much for differences.
    it.runIf(backend === 'cpu').each(smooth)(
      'by the input, as central differences have it: %s',
      (_name, specimen) => {
        const { network, x, training, pass } = taken(specimen, 1);
        const direction = drawn(createRng(8), x.shape);
        const step = 1e-3;
        tf.tidy(() => {
          const error = pass().objective.errors[0];
          const logits = (by: number) => {
            const { record } = pass(tf.add(x, tf.mul(direction, by)));
            return inner(record.records[network.outputs[0].node.id].output, error);
          };
          const numeric = (logits(step) - logits(-step)) / (2 * step);
          const [{ tangent }] = jvp(network, [x], { inputs: [direction] }, training);
          near(inner(error, tangent), numeric, norm(error) * norm(tangent), 2e-3);
        });
        expect(x.isDisposed || direction.isDisposed).toBe(false);
      },
    );

    it.each(smooth)('by noise at every unit, before and behind its activation: %s', (_name, specimen) => {
      const { network, x, training, pass } = taken(specimen);
      tf.tidy(() => {
        const { record, objective } = pass();
        const truth = createPass(record, objective, rules.bp.make() as FeedbackRule<null>, null);
        const at = (node: Node) => drawn(createRng(9).stream(node.id), record.records[node.id].output.shape);
        for (const [where, nodeOf, signalOf] of [
          ['preActivations', (unit: Unit) => unit.head, truth.delta],
          ['activations', (unit: Unit) => unit.end, truth.signal],
        ] as const) {
          const noise = new Map(network.units.map((unit) => [nodeOf(unit), at(nodeOf(unit))]));
          const [{ tangent }] = jvp(network, [x], { [where]: noise }, training);
          const terms = network.units.map((unit) => {
            const [signal, change] = [signalOf(unit) as tf.Tensor, noise.get(nodeOf(unit)) as tf.Tensor];
            return { value: inner(signal, change), scale: norm(signal) * norm(change) };
          });
          const [expected, scale] = [
            sum(terms.map(({ value }) => value)),
            sum(terms.map((term) => term.scale)),
          ];
          near(inner(objective.errors[0], tangent), expected, scale, 1e-4, where);
        }
      });
    });

    it('does not keep what lies below: no more tensors at once for twenty layers than for four', () => {
      const most = (depth: number) => {
        const network = trace(mlp(Array(depth).fill(3), { inputShape: [3], classes: 3 }));
        const x = tf.ones([2, 3]);
        const weights = new Map(
          parametersOf(network).map((parameter) => [parameter, tf.onesLike(parameter.variable) as tf.Tensor]),
        );
        const engine = tf.engine();
        const before = tf.memory().numTensors;
        let most = 0;
        const { runKernel } = engine;
        engine.runKernel = (...given) => {
          most = Math.max(most, tf.memory().numTensors - before);
          return runKernel.apply(engine, given) as never;
        };
        jvp(network, [x], { weights });
        Reflect.deleteProperty(engine, 'runKernel');
        return most;
      };
      expect(most(20)).toBe(most(4));
    });
  });
}

describe('what has no derivative along a direction is refused', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });

  type Make = (network: Network, other: Network) => Directions;
  const zeros = (...shape: number[]) => tf.zeros(shape) as tf.Tensor;
  const refusals: [string, Make, RegExp][] = [
    [
      'a parameter of another network',
      (_, other) => ({ weights: new Map([[parametersOf(other)[0], zeros(9, 7)]]) }),
      /no parameter/,
    ],
    [
      'a node of another network',
      (_, other) => ({ activations: new Map([[other.units[0].head, zeros(1)]]) }),
      /none of this network/,
    ],
    [
      'a weight of another shape',
      (network) => ({ weights: new Map([[parametersOf(network)[0], zeros(7, 9)]]) }),
      /has the shape \[7,9\], but that has \[9,7\]/,
    ],
    ['an input of another shape', () => ({ inputs: [zeros(1, 9)] }), /The change of the input .* \[1,9\]/],
    [
      'noise of another shape',
      (network) => ({ preActivations: new Map([[network.units[0].head, zeros(1, 7)]]) }),
      /The change of the layer .* \[1,7\]/,
    ],
  ];
  it('what is disposed of, and more changes than there are inputs', () => {
    const { network, x } = taken(zoo.dense);
    const gone = tf.onesLike(x);
    gone.dispose();
    expect(() => jvp(network, [x], { inputs: [gone] })).toThrow(/change of the input .* is disposed of/);
    expect(() => jvp(network, [gone], {})).toThrow(/for the input .* is disposed of/);
    expect(() => jvp(network, [x], { inputs: [x, x] })).toThrow(/1 inputs, but changes of 2/);
    const atInput = { activations: new Map([[network.inputs[0], x]]) };
    expect(() => jvp(network, [x], atInput)).toThrow(/is an input/);
  });

  it.each(refusals)('%s', (_what, directions, message) => {
    const { network, x } = taken(zoo.dense);
    const given = directions(network, trace(built(zoo.dense)));
    const { numTensors } = tf.memory();
    expect(() => jvp(network, [x], given)).toThrow(message);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('whole numbers, which have no direction to move in', () => {
    const words = input({ shape: [3], dtype: 'int32' });
    const embedded = layers.embedding({ inputDim: 9, outputDim: 2 }).apply(words);
    const flat = layers.flatten().apply(embedded);
    const outputs = layers.dense({ units: 2 }).apply(flat) as SymbolicTensor;
    const network = trace(functional({ inputs: words, outputs }));
    const x = tf.ones([2, 3]);
    expect(() => jvp(network, [x], { inputs: [x] })).toThrow(/int32, which have no direction to move in/);
  });
});

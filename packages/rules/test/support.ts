import { denseInputGradient, denseKernelGradient, gradientBy, product, useBackend } from '@feedalign/backend';
import {
  assembleNetwork,
  createPass,
  createRng,
  type FeedbackRule,
  forward,
  type Network,
  type Node,
  type Objective,
  type Operation,
  type Parameter,
  type Pass,
  type TensorTree,
  type Unit,
} from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect } from 'vitest';
import type { AnyRule } from '../src/index.js';

export const onCpu = () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  afterEach(() => tf.disposeVariables());
};

/** y = xK over flat examples; the kernel may be stored in the shape of a convolution's, whose 1×1 case it is. */
function dense(name: string, fanIn: number, fanOut: number, shape: number[]): Operation {
  const values = createRng(9)
    .stream(name)
    .normal(fanIn * fanOut, 0, 0.5);
  const kernel: Parameter = {
    name: `${name}/kernel`,
    variable: tf.tidy(() => tf.variable(tf.tensor(values, shape))),
    trainable: true,
  };
  const matrix = (values: tf.Tensor) => tf.reshape(values, [fanIn, fanOut]);
  return {
    kernel,
    parameters: [kernel],
    forward: (inputs) => ({
      inputs,
      output: product({ a: tf.reshape(inputs[0], [-1, fanIn]), b: matrix(kernel.variable) }, {}),
    }),
    gradients: ({ inputs }, delta) => [
      gradientBy(
        denseKernelGradient,
        { input: tf.reshape(inputs[0], [-1, fanIn]), delta: tf.reshape(delta, [-1, fanOut]) },
        {},
      ),
    ],
    inputGradient: ({ inputs }, delta, _index, feedback) =>
      tf.reshape(
        denseInputGradient(
          { delta: tf.reshape(delta, [-1, fanOut]), kernel: matrix(feedback ?? kernel.variable) },
          {},
        ),
        inputs[0].shape,
      ),
    tangent: (_record, change) =>
      product({ a: tf.reshape(change, [-1, fanIn]), b: matrix(kernel.variable) }, {}),
    parameterTangent: ({ inputs }, [change]) =>
      product({ a: tf.reshape(inputs[0], [-1, fanIn]), b: matrix(change as tf.Tensor) }, {}),
  };
}

/** The output of a layer in the shape that its node declares. */
const shaped = (operation: Operation, outputShape: number[]): Operation => ({
  ...operation,
  forward: (inputs, context) => {
    const { output } = operation.forward(inputs, context);
    return { inputs, output: tf.reshape(output, [inputs[0].shape[0], ...outputShape]) };
  },
  tangent: (record, change, index) =>
    tf.reshape(operation.tangent?.(record, change, index) as tf.Tensor, [change.shape[0], ...outputShape]),
  parameterTangent: (record, changes) =>
    tf.reshape(operation.parameterTangent?.(record, changes) as tf.Tensor, [
      record.inputs[0].shape[0],
      ...outputShape,
    ]),
});

export interface LayerShape {
  readonly name?: string;
  readonly outputShape: number[];
  /** Default [in, out]. */
  readonly kernelShape?: number[];
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/** Linear layers one after the other. */
export function chain(inputSize: number, layers: readonly LayerShape[]): Network {
  const placeholder: Operation = {
    parameters: [],
    forward: () => {
      throw new Error('an input is fed');
    },
    inputGradient: (_record, delta) => delta,
  };
  const nodes: Node[] = [
    {
      id: 0,
      name: 'input',
      className: 'Input',
      inputs: [],
      operation: placeholder,
      outputShape: [inputSize],
    },
  ];
  for (const [i, { name = `layer ${i}`, outputShape, kernelShape }] of layers.entries()) {
    const below = nodes[i];
    const fans: [number, number] = [sizeOf(below.outputShape), sizeOf(outputShape)];
    nodes.push({
      id: i + 1,
      name,
      className: 'Dense',
      inputs: [below],
      operation: shaped(dense(`${i}`, ...fans, kernelShape ?? fans), outputShape),
      outputShape,
    });
  }
  return assembleNetwork(nodes, [nodes[0]], [{ node: nodes[nodes.length - 1], activation: 'softmax' }]);
}

export const widths = (...sizes: number[]): LayerShape[] => sizes.map((size) => ({ outputShape: [size] }));

export const stateOf = <S extends TensorTree>(rule: FeedbackRule<S>, network: Network, seed = 1): S =>
  rule.init(network, createRng(seed));

/** The feedback of a rule that keeps each matrix as a tensor. */
export const matricesOf = (rule: AnyRule, network: Network, seed = 1): Record<string, tf.Tensor> =>
  stateOf(rule, network, seed);

/** What the rule expects the unit's kernel to align with. */
export const targetOf = (rule: AnyRule, unit: Unit, network: Network, state: TensorTree) =>
  rule.alignmentTarget?.(unit, passOf(network, rule, state)) ?? null;

/** A batch through the network, whose error is the same noise for every rule. */
export function passOf<S extends TensorTree>(
  network: Network,
  rule: FeedbackRule<S>,
  state: S,
  { batch = 5, step = 0 } = {},
): Pass<S> {
  const rng = createRng(4);
  const noise = (name: string, columns: number) =>
    tf.tensor2d(rng.stream(name).normal(batch * columns), [batch, columns]);
  const error = noise('error', network.errorSize);
  const record = forward(network, [noise('x', network.inputs[0].outputShape[0])]);
  const losses = [tf.scalar(0)];
  const objective: Objective = {
    loss: losses[0],
    losses,
    errors: [error],
    predictions: [error],
    targets: [error],
    of: () => objective,
    along: ([change]) =>
      tf.sum(change ? tf.mul(error, tf.reshape(change, error.shape)) : tf.zerosLike(error), 1),
  };
  return createPass(record, objective, rule, state, { step, rng: rng.stream('step').stream(step) });
}

export function expectClose(actual: tf.Tensor | null, expected: tf.Tensor, digits = 5): void {
  expect(actual?.shape).toEqual(expected.shape);
  const values = expected.dataSync();
  (actual as tf.Tensor).dataSync().forEach((value, i) => void expect(value).toBeCloseTo(values[i], digits));
}

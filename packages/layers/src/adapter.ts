import { type ActivationName, activate, activationGradient, activations } from '@feedalign/backend';
import { FeedalignError, type Operation, type Parameter } from '@feedalign/core';
import { add, type Tensor, type Variable, zerosLike } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { frozenTest } from './tfjs/frozen.js';

export type Layer = layers.Layer;

/** One call of a layer, as `trace` found it. Shapes are those of one example, without the batch's dimension. */
export interface LayerCall {
  readonly layer: Layer;
  /** The layer's configuration, as it would be saved. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The activation to apply: the layer's own, or 'linear' where the network's output applies it. */
  readonly activation: ActivationName;
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShape: readonly number[];
  /** Whether statistics that move with training stand still now, and are used: asked in each step. */
  keepsStatistics(): boolean;
}

/**
 * States a layer's mathematics: what it computes, and the two gradients.
 *
 * @example A layer that doubles its input:
 * ```ts
 * const double: Adapter = () => ({
 *   parameters: [],
 *   forward: (inputs) => ({ inputs, output: tf.mul(inputs[0], 2) }),
 *   inputGradient: (_record, delta) => tf.mul(delta, 2),
 * });
 * convert(model, dfa(), { adapters: { Double: double } });
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: what an operation saves for itself is nobody else's business.
export type Adapter = (call: LayerCall) => Operation<any> | undefined;

interface LayerWeight {
  readonly originalName: string;
  readonly trainable: boolean;
  readonly constraint?: { apply(value: Tensor): Tensor } | null;
  read(): Tensor;
}

/** What may hold a weight's regularizer, as tfjs has it: the layer, its cell, the layer that it wraps. */
type Holder = Readonly<Record<string, unknown>>;

const weightsOf = (layer: Layer) => layer.weights as unknown as readonly LayerWeight[];

/** Parameters are the same for each call of a layer. */
const known = new WeakMap<LayerWeight, Parameter>();

function parameterFrom(layer: Layer, weight: LayerWeight): Parameter {
  const found = known.get(weight);
  if (found) return found;
  const regularizer = regularizerOf(layer as unknown as Holder, weight);
  const { constraint } = weight;
  const isFrozen = frozenTest(layer);
  const parameter: Parameter = {
    name: `${layer.name}/${weight.originalName.replace(`${layer.name}/`, '')}`,
    variable: weight.read() as Variable,
    get trainable() {
      return weight.trainable && !isFrozen();
    },
    penalty: regularizer ? (value) => regularizer.apply(value) : undefined,
    constrain: constraint ? (value) => constraint.apply(value) : undefined,
  };
  known.set(weight, parameter);
  return parameter;
}

/** `recurrent_kernel` has its regularizer under `recurrentRegularizer`, `kernel` under `kernelRegularizer`. */
function regularizerOf(holder: Holder, weight: LayerWeight): { apply(x: Tensor): Tensor } | undefined {
  const name = (weight.originalName.split('/').pop() as string).replace(/_kernel$/, '');
  const inner = ['cell', 'layer', 'forwardLayer', 'backwardLayer'].map(
    (field) => holder[field] as Holder | undefined,
  );
  const owner = inner.find((each) => each && (each.weights as readonly LayerWeight[])?.includes(weight));
  if (owner) return regularizerOf(owner, weight);
  return (holder[`${name}Regularizer`] as { apply(x: Tensor): Tensor } | null | undefined) ?? undefined;
}

/** The layer's weight of this name ('kernel', 'bias', …), or undefined where the layer has none. */
export function parameterOf(layer: Layer, name: string): Parameter | undefined {
  const found = weightsOf(layer).find((weight) => weight.originalName.split('/').pop() === name);
  return found && parameterFrom(layer, found);
}

/** All weights of the layer that may learn. */
export const parametersOf = (layer: Layer): Parameter[] =>
  weightsOf(layer)
    .filter((weight) => weight.trainable)
    .map((weight) => parameterFrom(layer, weight));

/** The weight that the layer must have. */
export function requiredParameter(layer: Layer, name: string): Parameter {
  const parameter = parameterOf(layer, name);
  if (parameter) return parameter;
  throw new FeedalignError(
    'unsupported-layer',
    `The layer '${layer.name}' (${layer.getClassName()}) has no weight '${name}'.`,
    'Build the model before it is converted.',
  );
}

/** Present parameters, in order. */
export const present = (...parameters: (Parameter | undefined)[]): Parameter[] =>
  parameters.filter((parameter) => parameter !== undefined);

/**
 * The forward pass and the δ of a layer that ends in an activation. `apply` computes the layer up to and with the
 * activation that it is given; where f′ needs the pre-activation, it is asked for that and f follows.
 */
export function withActivation(
  activation: ActivationName,
  apply: (inputs: readonly Tensor[], activation: ActivationName) => Tensor,
): Pick<Operation<Tensor | undefined>, 'forward' | 'delta' | 'gate' | 'activationTangent'> {
  const { tangent } = activations[activation];
  const keepsPreActivation = 'needsPreActivation' in activations[activation];
  const delta: Operation<Tensor | undefined>['delta'] =
    activation === 'linear'
      ? undefined
      : ({ output, saved }, signal) => activationGradient({ signal, y: output, a: saved }, { activation });
  return {
    forward: (inputs) => {
      if (!keepsPreActivation) return { inputs, output: apply(inputs, activation) };
      const a = apply(inputs, 'linear');
      return { inputs, output: activate({ a }, { activation }), saved: a };
    },
    delta,
    gate: 'isGate' in activations[activation] ? delta : undefined,
    activationTangent: tangent && (({ output }, change) => tangent(change, output)),
  };
}

/** What changes of a kernel and a bias do to a: `byKernel` says it of the first, the second is added everywhere. */
export const affineTangent =
  <Saved>(
    byKernel: (inputs: readonly Tensor[], kernel: Tensor) => Tensor,
  ): Operation<Saved>['parameterTangent'] =>
  ({ inputs, output }, [kernel, bias]) => {
    const change = kernel && byKernel(inputs, kernel);
    return bias ? add(change ?? zerosLike(output), bias) : change;
  };

/** A number or a pair, as a pair. */
export const pair = (value: unknown): [number, number] =>
  Array.isArray(value) ? [value[0], value[1] ?? value[0]] : [value as number, value as number];

/** An adapter for channels last; the others are left to autodiff. */
export const channelsLast =
  (adapter: Adapter): Adapter =>
  (call) =>
    call.config.dataFormat === 'channelsFirst' ? undefined : adapter(call);

/** How many vectors along the last axis an example has. */
export const placesOf = (shape: readonly number[]): number =>
  shape.slice(0, -1).reduce((count, size) => count * size, 1);

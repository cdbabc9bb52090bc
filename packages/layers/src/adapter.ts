import { type ActivationName, activate, activationGradient, activations } from '@feedalign/backend';
import { FeedalignError, type Operation, type Parameter } from '@feedalign/core';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';

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
export type Adapter = (call: LayerCall) => Operation<any>;

interface LayerWeight {
  readonly originalName: string;
  readonly trainable: boolean;
  read(): Tensor;
}

/** The layer's weight of this name ('kernel', 'bias', …), or undefined where the layer has none. */
export function parameterOf(layer: Layer, name: string): Parameter | undefined {
  const found = (layer.weights as unknown as LayerWeight[]).find(
    (weight) => weight.originalName.split('/').pop() === name,
  );
  if (!found) return undefined;
  const regularizer = (layer as unknown as Record<string, { apply(x: Tensor): Tensor } | null | undefined>)[
    `${name}Regularizer`
  ];
  return {
    name: `${layer.name}/${name}`,
    variable: found.read() as Variable,
    get trainable() {
      return layer.trainable && found.trainable;
    },
    penalty: regularizer ? (value) => regularizer.apply(value) : undefined,
  };
}

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
): Pick<Operation<Tensor | undefined>, 'forward' | 'delta'> {
  const keepsPreActivation = 'needsPreActivation' in activations[activation];
  return {
    forward: (inputs) => {
      if (!keepsPreActivation) return { inputs, output: apply(inputs, activation) };
      const a = apply(inputs, 'linear');
      return { inputs, output: activate({ a }, { activation }), saved: a };
    },
    delta:
      activation === 'linear'
        ? undefined
        : ({ output, saved }, signal) => activationGradient({ signal, y: output, a: saved }, { activation }),
  };
}

/** A number or a pair, as a pair. */
export const pair = (value: unknown): [number, number] =>
  Array.isArray(value) ? [value[0], value[1] ?? value[0]] : [value as number, value as number];

/** Refuses a setting of a layer that no adapter serves. */
export function refuse(layer: Layer, what: string, wayOut: string): never {
  throw new FeedalignError(
    'unsupported-layer',
    `The layer '${layer.name}' (${layer.getClassName()}) has ${what}.`,
    wayOut,
  );
}

/** Refuses channels first. */
export function channelsLastOnly({ layer, config }: LayerCall): void {
  if (config.dataFormat === 'channelsFirst') {
    refuse(layer, "dataFormat 'channelsFirst'", "Build it with dataFormat: 'channelsLast'.");
  }
}

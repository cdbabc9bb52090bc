import { product } from '@feedalign/backend';
import { FeedalignError, type Network, type Output } from '@feedalign/core';
import { add, concat, eye, mul, ones, reshape, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { oneInput, sizeOf } from './one-input.js';
import { above0, type OptionsSchema } from './options.js';

export interface AmplitudeOptions {
  /** What the number of the label's class becomes; those of the others become 0. Default 1. */
  readonly amplitude?: number;
}

export const amplitudeOptions: OptionsSchema<AmplitudeOptions> = { amplitude: above0 };

/** Where a label is written into an input: placement [C, D], of the inputs that stay [D]. */
export interface Overlay {
  readonly [name: string]: Tensor;
  readonly placement: Tensor;
  readonly kept: Tensor;
}

/**
 * The overlay of a network that tells classes apart: its first C inputs, of D.
 *
 * @throws FeedalignError `unsupported-model` for a network without labels, with several inputs or fewer than classes
 */
export function overlayFor(network: Network, amplitude = 1): Overlay {
  const { size: classes } = classesOf(network);
  const input = oneInput(network, 'ff', 'writes labels over the first numbers of the input');
  const size = sizeOf(input);
  if (size <= classes) {
    refuse(
      `The rule 'ff' writes one of ${classes} labels over the first numbers of the input, but '${input.name}' has ${size}.`,
      'Give inputs of more numbers than there are classes, or take another rule, such as dfa.',
    );
  }
  return {
    placement: concat([mul(eye(classes), amplitude), zeros([classes, size - classes])], 1),
    kept: concat([zeros([classes]), ones([size - classes])]),
  };
}

/** The one output that tells classes apart. */
export function classesOf({ outputs: [output, ...others] }: Network): Output {
  const { node, size, activation } = output;
  const isOfClasses = activation === 'softmax' && size > 1 && node.outputShape.length === 1;
  if (others.length === 0 && isOfClasses) return output;
  refuse(
    others.length > 0
      ? `The rule 'ff' learns from labels of one kind, but the network has ${others.length + 1} outputs.`
      : `The rule 'ff' learns from data with labels, but the output '${node.name}' makes no probabilities of classes.`,
    'Give data with class labels and a network that ends in a softmax over the classes, or take another rule, such as dfa.',
  );
}

/** x [N, …] with labels [N, C] written over its first numbers. */
export function overlaid(x: Tensor, labels: Tensor, { placement, kept }: Overlay): Tensor {
  const flat = reshape(x, [x.shape[0], kept.size]);
  return reshape(add(mul(flat, kept), product({ a: labels, b: placement }, {})), x.shape);
}

function refuse(problem: string, wayOut: string): never {
  throw new FeedalignError('unsupported-model', problem, wayOut);
}

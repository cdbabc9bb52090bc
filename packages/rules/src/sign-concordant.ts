import { type FeedbackRule, gradientOf, type Parameter, type Unit } from '@feedalign/core';
import { sign, type Tensor } from '@tensorflow/tfjs-core';
import { type Drawing, drawingFor } from './feedback.js';
import { anyNumber, type OptionsSchema, oneOf } from './options.js';

export interface SignConcordantOptions {
  /** A factor on the feedback. Default 1. */
  readonly scale?: number;
  /**
   * What the optimizer gets: each 'gradient' (default), or its sign alone ('batch-manhattan'), which makes every step
   * as long as the learning rate. What regularizers add is not part of the sign.
   */
  readonly update?: 'gradient' | 'batch-manhattan';
}

/** Of `uniformSignFeedback`. */
export const signOptions: OptionsSchema<SignConcordantOptions> = {
  scale: anyNumber,
  update: oneOf(['gradient', 'batch-manhattan']),
};

export const kernelOf = ({ kernel }: Unit): Tensor => (kernel as Parameter).variable;

export const drawingOf = (unit: Unit): Drawing => drawingFor(kernelOf(unit).shape, unit.head.operation.fans);

/** √(2/(fan-in + fan-out)): the deviation of a kernel that was drawn as Xavier has it. */
export function deviationOf(unit: Unit): number {
  const { fanIn, fanOut } = drawingOf(unit).fans;
  return Math.sqrt(2 / (fanIn + fanOut));
}

/** Whether signals pass the unit's kernel on their way down. */
export const isPassed = (unit: Unit): boolean => unit.kernel !== undefined && unit.below.length > 0;

// biome-ignore lint/suspicious/noExplicitAny: it asks for nothing of the state.
type Updates = Pick<FeedbackRule<any>, 'updates'>;

const updates: Readonly<Record<NonNullable<SignConcordantOptions['update']>, Updates>> = {
  gradient: {},
  'batch-manhattan': {
    updates: (_unit, given) =>
      given.map(({ gradient, ...update }) => ({
        ...update,
        gradient: gradientOf(() => sign(gradient.compute())),
      })),
  },
};

/** The rule's hook for this way to update. */
export const updatedBy = (update: NonNullable<SignConcordantOptions['update']>): Updates => updates[update];

import { type Tensor, Tensor as TensorClass, type TensorLike } from '@tensorflow/tfjs-core';
import { type DistributionName, distributions } from './feedback.js';
import { anyNumber, isNames, isPlain, type OptionsSchema, oneOf, that, wholeFrom } from './options.js';

/** What all rules that draw feedback can be told about it. */
export interface FeedbackOptions {
  /**
   * How it is drawn: a name from `distributions`; or 'weights', a copy of each kernel as it is when training begins,
   * for feedback that has the shape of a kernel.
   */
  readonly distribution?: DistributionName | 'weights';
  /** Rank of 'low-rank' feedback. Default 1. */
  readonly rank?: number;
  /** A factor on it. Default 1. */
  readonly scale?: number;
  /** Draws it from a seed of its own. Default: from the run's. */
  readonly seed?: number;
  /**
   * Feedback that is given and not drawn, by the unit's name, in the feedback's shape; the others are drawn. The
   * options of a rule keep the names alone: the numbers travel with a saved model.
   */
  readonly values?: Readonly<Record<string, TensorLike | Tensor>> | readonly string[];
  /** Keep each matrix as a 'tensor' (default), or only the 'seed' that it is drawn from anew in each step. */
  readonly store?: 'tensor' | 'seed';
}

/** A matrix as one writes it down. */
const isMatrix = (value: unknown) =>
  value instanceof TensorClass ||
  Array.isArray(value) ||
  ArrayBuffer.isView(value) ||
  typeof value === 'number';

const drawnOptions = {
  rank: wholeFrom(1),
  scale: anyNumber,
  seed: wholeFrom(0),
  values: that(
    "each unit's matrix by the unit's name, or the names",
    (values) => isNames(values) || (isPlain(values) && Object.values(values).every(isMatrix)),
  ),
};

/** Of feedback that is drawn in the shape of a kernel. */
export const learnedKernelOptions: OptionsSchema<Omit<FeedbackOptions, 'store'>> = {
  distribution: oneOf([...Object.keys(distributions), 'weights']),
  ...drawnOptions,
};
export const kernelOptions: OptionsSchema<FeedbackOptions> = {
  ...learnedKernelOptions,
  store: oneOf(['tensor', 'seed']),
};

/** Of feedback that is drawn in another shape: there is nothing to copy. */
export const otherOptions: OptionsSchema<FeedbackOptions> = {
  ...kernelOptions,
  distribution: oneOf(Object.keys(distributions)),
};

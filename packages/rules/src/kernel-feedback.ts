import type { Network, Parameter, Pass, Rng, Teaches, Unit } from '@feedalign/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  type DrawnFeedback,
  drawnFeedback,
  type FeedbackOptions,
  type FeedbackState,
  type Slot,
} from './drawn-feedback.js';
import { type DistributionName, drawingFor } from './feedback.js';

/** The units whose kernel a signal passes on its way down to a unit that is taught. */
export const unitsPassed = ({ units }: Network, teaches: Teaches = () => true): readonly Unit[] =>
  units.filter((unit) => unit.kernel && unit.below.some(teaches));

/** The unit whose name a kernel's feedback goes by: the first that has it, where several calls of a layer share it. */
export const ownerOf = (unit: Unit, { units }: Network): Unit =>
  units.find((each) => each.kernel === unit.kernel) as Unit;

const slotOf = ({ name, index, kernel, head }: Unit): Slot => {
  const weights = (kernel as Parameter).variable;
  return { name, stream: index, ...drawingFor(weights.shape, head.operation.fans), weights };
};

export interface KernelFeedback extends Pick<DrawnFeedback, 'options' | 'savesState'> {
  init(network: Network, rng: Rng, teaches?: Teaches): FeedbackState;
  /** B of the unit's kernel; undefined for a unit that no signal passes. */
  of(unit: Unit, pass: Pass<FeedbackState>): Tensor | undefined;
}

/**
 * Feedback of the shape of each kernel that signals pass on their way down: B_l [d_{l−1}, d_l], or as a convolution's.
 */
export function kernelFeedback(options: FeedbackOptions, standard: DistributionName): KernelFeedback {
  const { init, of, ...about } = drawnFeedback(options, standard);
  return {
    ...about,
    init: (network, rng, teaches) => {
      const owners = unitsPassed(network, teaches).map((unit) => ownerOf(unit, network));
      return init([...new Set(owners)].map(slotOf), rng);
    },
    of: (unit, pass) => (unit.kernel ? of(slotOf(ownerOf(unit, pass.network)), pass) : undefined),
  };
}

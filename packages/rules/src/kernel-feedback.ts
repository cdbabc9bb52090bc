import type { Network, Outline, Parameter, Pass, Rng, Teaches, Unit } from '@feedalign/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  type DrawnFeedback,
  drawnFeedback,
  type FeedbackState,
  heldAt,
  required,
  type Slot,
} from './drawn-feedback.js';
import { type DistributionName, drawingFor } from './feedback.js';
import type { FeedbackOptions } from './feedback-options.js';

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
  outline(network: Network, teaches?: Teaches): Outline;
  /**
   * B of a unit's kernel that a signal passes.
   *
   * @throws FeedalignError `invalid-option`, `shape-mismatch` when the state has none, or one of another shape
   */
  of(unit: Unit, pass: Pass<FeedbackState>): Tensor;
  /** The same, undefined for a unit that no signal passes. */
  find(unit: Unit, pass: Pass<FeedbackState>): Tensor | undefined;
}

/**
 * Feedback of the shape of each kernel that signals pass on their way down: B_l [d_{l−1}, d_l], or as a convolution's.
 */
export function kernelFeedback(
  rule: string,
  options: FeedbackOptions,
  standard: DistributionName,
): KernelFeedback {
  const { init, outline, of, find, ...about } = drawnFeedback(rule, options, standard);
  const slotsOf = (network: Network, teaches?: Teaches) => {
    const owners = unitsPassed(network, teaches).map((unit) => ownerOf(unit, network));
    return [...new Set(owners)].map(slotOf);
  };
  return {
    ...about,
    init: (network, rng, teaches) => init(slotsOf(network, teaches), rng),
    outline: (network, teaches) => outline(slotsOf(network, teaches)),
    of: (unit, pass) => of(slotOf(ownerOf(unit, pass.network)), pass),
    find: (unit, pass) => (unit.kernel ? find(slotOf(ownerOf(unit, pass.network)), pass) : undefined),
  };
}

/** Feedback of kernels that is held as it is, by the owner's name. */
export function heldFeedback<T extends Tensor>(rule: string) {
  type Held = { readonly network: Network; readonly state: Readonly<Record<string, T>> };
  const find = (unit: Unit, { network, state }: Held): T | undefined =>
    unit.kernel && heldAt(state, ownerOf(unit, network).name);
  return {
    /** B of a unit's kernel, undefined for a unit that no signal passes. */
    find,
    /** @throws FeedalignError `invalid-option`, `shape-mismatch` when the state has none, or one of another shape */
    of: (unit: Unit, held: Held): T => required(rule, slotOf(ownerOf(unit, held.network)), find(unit, held)),
  };
}

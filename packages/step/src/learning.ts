import type {
  FeedbackRule,
  Network,
  Optimizer,
  Parameter,
  PassContext,
  Rng,
  TensorTree,
} from '@feedalign/core';
import type { Loss, ObjectiveOptions, Reduction } from '@feedalign/losses';
import type { Tensor } from '@tensorflow/tfjs-core';

/** By what a step changes the network. */
export interface How<M = unknown> {
  /** One for each output. */
  readonly losses: readonly Loss[];
  /** Default 'mean'. */
  readonly reduction?: Reduction;
  readonly optimizer: Optimizer<M>;
  readonly memory: M;
  /** Which parameters take part. Default: those that are trainable now. */
  readonly learns?: (parameter: Parameter) => boolean;
  /** What is added to the loss that is told, and is no part of the error. */
  readonly penalty?: () => Tensor | undefined;
}

/** A batch: one tensor for each input and each output of the network. */
export interface Given {
  readonly inputs: readonly Tensor[];
  readonly targets: readonly Tensor[];
  /** A factor for each example, [N], of each output that has any. */
  readonly sampleWeights?: readonly (Tensor | undefined | null)[];
}

/** What learns, and how: what a step takes beside its batch. */
export interface Learning<S extends TensorTree, M> extends How<M> {
  readonly network: Network;
  readonly rule: FeedbackRule<S>;
  readonly learns: (parameter: Parameter) => boolean;
  /** The rule's, as the last step left it. */
  state: S;
  /** Random numbers of the layers in this step. */
  readonly rng: Rng;
  /** Where in the run the step stands, for the rule. */
  context(carried?: PassContext['carried']): PassContext;
}

export const objectiveOptions = (
  { losses, reduction }: Pick<How, 'losses' | 'reduction'>,
  { targets, sampleWeights = [] }: Given,
): ObjectiveOptions => ({
  losses,
  targets,
  reduction,
  sampleWeights: sampleWeights.map((each) => each ?? undefined),
});

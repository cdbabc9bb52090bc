/** A model to train and the size of its batches: plain data, from which each process builds the same model. */
export interface Workload {
  /** What tfjs' `model.toJSON` gives, without weights. */
  readonly topology: object;
  /** Of one example. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Examples in a step. */
  readonly batch: number;
}

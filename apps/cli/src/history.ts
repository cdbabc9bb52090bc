import type { Alignment } from '@feedalign/metrics';

/** One measurement on the way, by epochs (fractions of one within an epoch). */
export interface Point {
  readonly epoch: number;
  readonly alignment: Alignment;
}

/** What is said of every run, whether it was finished or not. */
export interface Ran {
  readonly rule: string;
  readonly dataset: string;
  readonly model: string;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly backend: string;
  readonly threads: number;
  readonly seed: number;
  /** That were run to their end. */
  readonly epochs: number;
  /** With `--patience`: the epoch whose weights the model has. */
  readonly bestEpoch?: number;
  /** Of the last epoch, or of the best. */
  readonly validationAccuracy?: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** With `--align`: before the first update, and at the last step. */
  readonly alignment?: { readonly start: Alignment; readonly end: Alignment };
}

/** What a run came to: the last line of `--json`. */
export interface Result extends Ran {
  readonly type: 'result';
  readonly testAccuracy: number;
  readonly testLoss: number;
}

/** How far a run came that was interrupted; nothing of it was tested. */
interface Unfinished extends Ran {
  readonly type: 'unfinished';
}

export type Curve = readonly (readonly [epoch: number, value: number])[];

/** A run with what it went through, over epochs and fractions of them. */
export interface History<R = Result | Unfinished> {
  readonly result: R;
  /** On the training batches, each before its update. */
  readonly trainAccuracy: Curve;
  /** At the ends of epochs, from before the first; empty without validation data. */
  readonly validationAccuracy: Curve;
  readonly alignment: readonly Point[];
}

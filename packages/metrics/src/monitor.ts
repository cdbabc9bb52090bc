import type { FeedbackRule, Pass, TensorTree } from '@feedalign/core';
import { type Alignment, type MeasuredAlignment, measureAlignment, readAlignment } from './alignment.js';

/** What `convert` returns, as far as the monitor needs it. */
interface Observable<S extends TensorTree> {
  readonly rule: FeedbackRule<S>;
  readonly steps: number;
  observe(see: (pass: Pass<S>) => void): () => void;
}

export interface AlignmentMonitor {
  /** What was measured so far, by training step. */
  readonly history: readonly { readonly step: number; readonly alignment: Alignment }[];
  onTrainBegin(): void;
  onBatchEnd(): Promise<void>;
  onTrainEnd(): void;
}

/**
 * A callback for tfjs' `fit` that measures alignment while a converted model trains: at the first step and at
 * every `every`-th after it. Default 100.
 *
 * Recorded for each unit: cosines and angles of weights and of signals, the angle of the weights' gradients, and ratios of
 * norms (see `UnitAlignment`).
 *
 * A measured step is computed twice, by the rule and by backpropagation, and by no recording; the other steps know
 * nothing of the monitor. At its default it adds 7 % to the `fit` of 784-112-16-10 on WASM, and 2 % to that of
 * 784-1024-1024-10 (`npm run -s bench -- monitor`, which fails above 15 %).
 *
 * @example
 * ```ts
 * const monitor = alignmentMonitor(handle);
 * await model.fit(images, labels, { epochs: 5, callbacks: monitor });
 * console.table(monitor.history.at(-1)?.alignment.units);
 * ```
 */
export function alignmentMonitor<S extends TensorTree>(
  handle: Observable<S>,
  { every = 100 }: { every?: number } = {},
): AlignmentMonitor {
  const history: { step: number; alignment: Alignment }[] = [];
  let pending: { step: number; measured: MeasuredAlignment } | undefined;
  let seen = 0;
  let stop = () => {};
  /** A step that is watched cannot be repeated from a recording: only those that are measured are. */
  const watchNext = () => {
    stop();
    if (seen % every !== 0) return;
    stop = handle.observe((pass) => {
      pending = { step: handle.steps, measured: measureAlignment(pass, handle.rule) };
    });
  };
  return {
    history,
    onTrainBegin: watchNext,
    onBatchEnd: async () => {
      seen++;
      watchNext();
      if (!pending) return;
      const { step, measured } = pending;
      pending = undefined;
      history.push({ step, alignment: await readAlignment(measured) });
    },
    onTrainEnd: () => stop(),
  };
}

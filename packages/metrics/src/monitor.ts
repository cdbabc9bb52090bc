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
  return {
    history,
    onTrainBegin: () => {
      stop();
      stop = handle.observe((pass) => {
        if (seen++ % every === 0)
          pending = { step: handle.steps, measured: measureAlignment(pass, handle.rule) };
      });
    },
    onBatchEnd: async () => {
      if (!pending) return;
      const { step, measured } = pending;
      pending = undefined;
      history.push({ step, alignment: await readAlignment(measured) });
    },
    onTrainEnd: () => stop(),
  };
}

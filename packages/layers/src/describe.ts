import { type FeedbackRule, type Network, type TensorTree, tensorsOf } from '@feedalign/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** One row of a conversion's report. */
export interface UnitDescription {
  readonly unit: string;
  readonly className: string;
  readonly outputShape: readonly number[];
  /** Numbers that learn. */
  readonly parameters: number;
  /** The layers that the signal passes on its way from the unit's output to its weights. */
  readonly through: readonly string[];
  /** True when its signal is the true error. */
  readonly isOutput: boolean;
  /** True when nothing of it is trainable: it passes signals on and gets none. */
  readonly isFrozen: boolean;
}

export interface Description {
  readonly rule: string;
  readonly units: readonly UnitDescription[];
  readonly feedback: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly bytes: number;
  }[];
  readonly feedbackBytes: number;
  readonly warnings: readonly string[];
}

const bytesOf = (tensor: Tensor) => tensor.size * 4;

/** What a conversion consists of: its units, its feedback and what one should know, as plain data. */
export function describe<S extends TensorTree>(
  network: Network,
  rule: FeedbackRule<S>,
  state: S,
): Description {
  const feedback = tensorsOf(state).map(([name, tensor]) => ({
    name,
    shape: [...tensor.shape],
    bytes: bytesOf(tensor),
  }));
  return {
    rule: rule.name,
    units: network.units.map((unit) => {
      const learning = unit.chain
        .flatMap((node) => node.operation.parameters)
        .filter(({ trainable }) => trainable);
      return {
        unit: unit.name,
        className: unit.head.className,
        outputShape: unit.outputShape,
        parameters: learning.reduce((sum, { variable }) => sum + variable.size, 0),
        through: unit.chain.slice(1).map((node) => node.className),
        isOutput: unit.isOutput,
        isFrozen: learning.length === 0,
      };
    }),
    feedback,
    feedbackBytes: feedback.reduce((sum, { bytes }) => sum + bytes, 0),
    warnings: [...(rule.warnings?.(network) ?? []), ...scaledInside(network)],
  };
}

/** A warning that names layers which scale the inputs, if there are any. */
function scaledInside({ nodes }: Network): string[] {
  const scaling = nodes.filter(({ className }) => ['Rescaling', 'Normalization'].includes(className));
  if (scaling.length === 0) return [];
  const names = scaling.map(({ name }) => name).join(', ');
  return [`The model scales its inputs itself (${names}): give it what it was made for, not scaled data.`];
}

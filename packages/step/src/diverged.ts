import { FeedalignError, forward, type Network, type Rng } from '@feedalign/core';
import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** Where a loss ceased to be finite. */
export interface Divergence {
  readonly rule: string;
  readonly loss: number;
  /** Counted from 1; none outside of epochs. */
  readonly epoch?: number;
  /** Counted from 1. */
  readonly step: number;
  /** The first layer whose output is not finite. */
  readonly layer: string;
  /** The first example that is not finite itself, where there is one. */
  readonly row?: BrokenRow;
}

/** An example that holds NaN or an infinity. */
export interface BrokenRow {
  readonly row: number;
  /** Whether the row is counted in the data or in the batch. */
  readonly within: 'data' | 'batch';
  readonly part: 'inputs' | 'targets' | 'sample weights';
}

/** A run whose loss became NaN or infinite: where, and in which layer it began. The step changed nothing. */
export class DivergedError extends FeedalignError implements Divergence {
  override readonly name = 'DivergedError';
  readonly rule: string;
  readonly loss: number;
  readonly epoch?: number;
  readonly step: number;
  readonly layer: string;
  readonly row?: BrokenRow;

  constructor({ rule, loss, epoch, step, layer, row }: Divergence) {
    const when = `${epoch === undefined ? '' : `in epoch ${epoch} `}at step ${step}`;
    const where = `The loss became ${loss} under the rule '${rule}' ${when}, beginning in the layer '${layer}'`;
    super(
      'not-finite',
      row ? `${where}: the ${row.part} in row ${row.row} of the ${row.within} are not finite.` : `${where}.`,
      row ? 'Mend that row, or leave it out.' : 'Lower the learning rate, or clip the gradients.',
    );
    this.rule = rule;
    this.loss = loss;
    this.epoch = epoch;
    this.step = step;
    this.layer = layer;
    this.row = row;
  }
}

/**
 * The first layer, from the inputs up, that puts out a number that is not finite; else the one that holds the logits. A
 * step whose loss is not finite changed nothing, so it can be taken again.
 *
 * @param rng the random numbers of that step
 */
export async function firstLayerNotFinite(
  network: Network,
  inputs: readonly Tensor[],
  rng: Rng,
): Promise<string> {
  const outputs = tidy(() => {
    const { records } = forward(network, inputs, { training: true, rng, settles: 'later' });
    return records.map(({ output }) => output);
  });
  try {
    for (const node of network.nodes) {
      if ((await firstRowNotFinite(outputs[node.id])) !== undefined) return node.name;
    }
    return network.outputs[0].node.name;
  } finally {
    dispose(outputs.filter((output) => !inputs.includes(output)));
  }
}

/** The first row, along the first axis, with a number that is not finite. */
export async function firstRowNotFinite(tensor: Tensor): Promise<number | undefined> {
  const values = (await tensor.data()) as ArrayLike<number>;
  const place = Array.prototype.findIndex.call(values, (value) => !Number.isFinite(value));
  return place < 0 ? undefined : Math.floor(place / (values.length / (tensor.shape[0] ?? 1)));
}

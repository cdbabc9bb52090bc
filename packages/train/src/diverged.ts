import { FeedalignError, type ForwardRecord } from '@feedalign/core';
import { dispose, tidy } from '@tensorflow/tfjs-core';

/** A run whose loss became NaN or infinite: where, and in which layer it began. */
export class DivergedError extends FeedalignError {
  override readonly name = 'DivergedError';

  constructor(
    readonly rule: string,
    readonly epoch: number,
    readonly step: number,
    readonly layer: string,
    readonly loss: number,
  ) {
    super(
      'not-finite',
      `The loss became ${loss} under the rule '${rule}' in epoch ${epoch} at step ${step}, beginning in the layer '${layer}'.`,
      'Lower the learning rate, or clip the gradients.',
    );
  }
}

/** The first layer, from the inputs up, that put out a number that is not finite; else the one that holds the logits. */
export async function firstNotFinite({ network, records }: ForwardRecord): Promise<string> {
  for (const node of network.nodes) {
    const copy = tidy(() => records[node.id].output.clone());
    const values = await copy.data();
    dispose(copy);
    if (!values.every(Number.isFinite)) return node.name;
  }
  return network.outputs[0].node.name;
}

import { type Network, parametersOf } from '@feedalign/core';
import { dispose, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** The weights of the epoch whose validation loss was the lowest; of epochs alike, the first. */
export function bestWeights(network: Network) {
  const variables = parametersOf(network).map(({ variable }) => variable);
  let kept: Tensor[] = [];
  let lowest = Number.POSITIVE_INFINITY;
  let best = 0;
  let last = 0;
  return {
    /** Looks at the loss of an epoch that is over. */
    look: (epoch: number, loss: number): void => {
      last = epoch;
      // The first is kept whatever its loss is.
      if (best > 0 && !(loss < lowest)) return;
      lowest = loss;
      best = epoch;
      dispose(kept);
      kept = variables.map(copy);
    },
    epochsSince: (): number => last - best,
    epoch: (): number => best,
    restore: (): void => variables.forEach((variable, i) => void variable.assign(kept[i])),
    dispose: (): void => void dispose(kept),
  };
}

/** Numbers of its own: an update in place would change those of a clone too. */
const copy = (variable: Tensor): Tensor => tidy(() => mul(variable, 1));

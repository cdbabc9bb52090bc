import { randomUniform, train, variable } from '@tensorflow/tfjs-core';
import type { Cases } from '../tasks.js';

/** tfjs' own Adam on so many parameters, given their gradient. */
export function stockAdam({ parameters }: { parameters: number }): Cases {
  const gradient = randomUniform([parameters], -1, 1, 'float32', 1);
  const weights = variable(randomUniform([parameters], -1, 1, 'float32', 2));
  const optimizer = train.adam(1e-3);
  return { step: { repeat: () => optimizer.applyGradients([{ name: weights.name, tensor: gradient }]) } };
}

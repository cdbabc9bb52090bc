import { type TensorInfo, engine as tfjs, tidy } from '@tensorflow/tfjs-core';
import { type FastActivation, isFast } from '../activations.js';
import { run } from '../tfjs/run.js';

/** What tfjs' fused kernels take beside their own: an activation by name, and what it needs. */
export interface Slow {
  readonly activation?: string;
  /** The slope below zero of leakyrelu. */
  readonly leakyreluAlpha?: number;
}

/**
 * What `compute` makes under an activation. Those that our kernels do not know are a kernel of their own behind it:
 * tfjs' fused ones read as many slopes as there are channels, however many were given.
 *
 * @returns undefined where `compute` does
 */
export function finished(
  { activation = 'linear', leakyreluAlpha, weights }: Slow & { readonly weights?: TensorInfo },
  compute: (activation: FastActivation) => TensorInfo | undefined,
): TensorInfo | undefined {
  if (isFast(activation)) return compute(activation);
  return tidy(() => {
    const made = compute('linear');
    if (!made) return undefined as never;
    const x = tfjs().makeTensorFromTensorInfo(made);
    return activation === 'prelu'
      ? run('Prelu', { x, alpha: weights })
      : run('LeakyRelu', { x }, { alpha: leakyreluAlpha });
  });
}

import type { KernelConfig, KernelFunc, NamedAttrMap } from '@tensorflow/tfjs-core';
import type { Engine } from './engine.js';
import type { Kernel } from './kernel.js';
import { activation } from './kernels/activation.js';
import { batches } from './kernels/batch.js';
import { convolutions } from './kernels/convolution.js';
import { crossEntropies } from './kernels/cross-entropy.js';
import { dense } from './kernels/dense.js';
import { examples } from './kernels/examples.js';
import { exchanges } from './kernels/exchange.js';
import { grouped } from './kernels/grouped-product.js';
import { guards } from './kernels/guard.js';
import { noises } from './kernels/noise.js';
import { normalization } from './kernels/normalization.js';
import { optimizers } from './kernels/optimizers.js';
import { poolings } from './kernels/pooling.js';

/** The training primitives of `@feedalign/backend` in their fast form, by their names in tfjs' registry. */
export const kernelsOver = (engine: Engine): Readonly<Record<string, Kernel>> =>
  Object.assign(
    {},
    ...[
      batches,
      dense,
      exchanges,
      grouped,
      guards,
      convolutions,
      activation,
      crossEntropies,
      examples,
      noises,
      normalization,
      optimizers,
      poolings,
    ].map((kernels) => kernels(engine)),
  );

/** A kernel in the form that tfjs registers. */
export const configOf = (engine: Engine, kernelName: string, kernel: Kernel): KernelConfig => ({
  kernelName,
  backendName: 'wasm',
  kernelFunc: (({ inputs, attrs }) =>
    engine.kernel(() => kernel(inputs, attrs ?? ({} as NamedAttrMap)))) as KernelFunc,
});

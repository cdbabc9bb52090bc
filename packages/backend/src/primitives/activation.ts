import type { Tensor } from '@tensorflow/tfjs-core';
import { type ActivationName, activations } from '../activations.js';
import { primitive } from '../primitive.js';

/** y = f(a), elementwise, but for softmax and logSoftmax, which take the last axis. */
export const activate = primitive(
  'Activate',
  { takes: { a: '…s' } },
  ({ a }: { a: Tensor }, { activation }: { activation: ActivationName }): Tensor =>
    activations[activation].forward(a),
);

/** δ = signal ⊙ f′(a), in terms of y = f(a) where that tells f′; `a` is needed only where it does not. */
export const activationGradient = primitive(
  'ActivationGradient',
  { takes: { signal: '…s', y: '…s', a: '…s?' } },
  (
    { signal, y, a }: { signal: Tensor; y: Tensor; a?: Tensor },
    { activation }: { activation: ActivationName },
  ): Tensor => activations[activation].gradient(signal, y, a ?? y),
);

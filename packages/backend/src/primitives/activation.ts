import type { Tensor } from '@tensorflow/tfjs-core';
import { type ActivationName, activations } from '../activations.js';
import { primitive } from '../primitive.js';

/** Softmax and its logarithm are taken over a last axis, which there has to be. */
const axesUnder = ({ activation }: { activation: ActivationName }) =>
  activation === 'softmax' || activation === 'logSoftmax' ? '…s classes' : '…s';

/** y = f(a), elementwise, but for softmax and logSoftmax, which take the last axis. */
export const activate = primitive(
  'Activate',
  { takes: (attributes: { activation: ActivationName }) => ({ a: axesUnder(attributes) }) },
  ({ a }: { a: Tensor }, { activation }: { activation: ActivationName }): Tensor =>
    activations[activation].forward(a),
);

/** δ = signal ⊙ f′(a), in terms of y = f(a) where that tells f′; `a` is needed only where it does not. */
export const activationGradient = primitive(
  'ActivationGradient',
  {
    takes: (attributes: { activation: ActivationName }) => {
      const axes = axesUnder(attributes);
      return { signal: axes, y: axes, a: `${axes}?` };
    },
  },
  (
    { signal, y, a }: { signal: Tensor; y: Tensor; a?: Tensor },
    { activation }: { activation: ActivationName },
  ): Tensor => activations[activation].gradient(signal, y, a ?? y),
);

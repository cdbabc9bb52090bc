import type { Tensor } from '@tensorflow/tfjs-core';
import { type ActivationName, activations } from '../activations.js';
import { primitive } from '../primitive.js';

const takes = (axes: string) => ({
  forward: { a: axes },
  gradient: { signal: axes, y: axes, a: `${axes}?` },
});
/** Softmax and its logarithm are taken over a last axis, which there has to be. */
const [overClasses, elementwise] = [takes('…s classes'), takes('…s')];
const takesUnder = ({ activation }: { activation: ActivationName }) =>
  activation === 'softmax' || activation === 'logSoftmax' ? overClasses : elementwise;

/** y = f(a), elementwise, but for softmax and logSoftmax, which take the last axis. */
export const activate = primitive(
  'Activate',
  { takes: (attributes: { activation: ActivationName }) => takesUnder(attributes).forward },
  ({ a }: { a: Tensor }, { activation }: { activation: ActivationName }): Tensor =>
    activations[activation].forward(a),
);

/** δ = signal ⊙ f′(a), in terms of y = f(a) where that tells f′; `a` is needed only where it does not. */
export const activationGradient = primitive(
  'ActivationGradient',
  { takes: (attributes: { activation: ActivationName }) => takesUnder(attributes).gradient },
  (
    { signal, y, a }: { signal: Tensor; y: Tensor; a?: Tensor },
    { activation }: { activation: ActivationName },
  ): Tensor => activations[activation].gradient(signal, y, a ?? y),
);

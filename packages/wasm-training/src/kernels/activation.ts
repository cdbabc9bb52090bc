import { type ActivationName, activations } from '@feedalign/backend';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { activationNumbers, isFast } from '../activations.js';
import { type Kernels, sizeOf } from '../kernel.js';
import { work } from '../work.js';

/** Activations and their derivatives; those without a fast form are made of tfjs ops, as on any backend. */
export const activation: Kernels = (engine) => ({
  FeedalignActivate: ({ a }: { a: Tensor }, { activation }: { activation: ActivationName }) => {
    if (!isFast(activation)) return activations[activation].forward(a);
    const out = engine.output(a.shape);
    const count = sizeOf(a);
    const which = activationNumbers[activation];
    engine.run(
      'activateAll',
      engine.parts(count * work.activation),
      engine.at(a),
      engine.at(out),
      count,
      which,
    );
    return out;
  },

  FeedalignActivationGradient: (
    { signal, y, a = y }: { signal: Tensor; y: Tensor; a?: Tensor },
    { activation }: { activation: ActivationName },
  ) => {
    if (!isFast(activation)) return activations[activation].gradient(signal, y, a);
    const out: TensorInfo = engine.output(signal.shape);
    const count = sizeOf(signal);
    engine.run(
      'activationGradient',
      engine.parts(count * work.activation),
      engine.at(signal),
      engine.at(y),
      engine.at(a),
      engine.at(out),
      count,
      activationNumbers[activation],
    );
    return out;
  },
});

import type { Gradient, Scalar } from '@feedalign/core';
import { type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { Given, Primitive } from './primitive.js';
import { accumulateStep } from './primitives/optimizers.js';
import { castToFloat, checked, checkVariable } from './signature.js';

/**
 * A gradient that one primitive computes.
 *
 * Where the backend registers `<kernelName>Into`, a kernel that takes a `variable` beside the primitive's inputs and
 * `scale` and `keep` beside its attributes, `addTo` is that one call; elsewhere the tensor is added.
 */
export function gradientBy<I extends object, A extends object>(
  compute: Primitive<I, A, Tensor>,
  inputs: I,
  attributes: Given<A>,
): Gradient {
  const { door, into } = compute;
  const gradient = () => compute(inputs, attributes);
  return {
    compute: gradient,
    addTo: (variable, scale, keep) => {
      if (!into.isThere()) return addTensor(gradient(), variable, scale, keep);
      const toCast = checked(door, inputs, attributes as A);
      checkVariable(door, variable, inputs, attributes as A);
      // Not by spreading, which takes six times as long where the objects are of many forms.
      const added = Object.assign({}, attributes, { scale, keep });
      const run = (given: I) => into.run(Object.assign({}, given, { variable }), added);
      // The scope frees what was cast.
      if (toCast) tidy(() => run(castToFloat(inputs, toCast)));
      else run(inputs);
    },
  };
}

const addTensor = (value: Tensor, variable: Variable, scale: Scalar, keep: Scalar) =>
  accumulateStep({ variable, value }, { scale, keep });

/** variable ← keep·variable + scale·gradient, in the best way that there is. */
export function addGradient(gradient: Gradient, variable: Variable, scale: Scalar, keep: Scalar = 1): void {
  if (gradient.plain) addTensor(gradient.compute(), variable, scale, keep);
  else gradient.addTo(variable, scale, keep);
}

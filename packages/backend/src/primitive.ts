import { accumulate, type Gradient } from '@feedalign/core';
import { engine, getBackend, getKernel, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';

/** What one primitive computes, in terms of tensors. */
type Form<I, A, O> = (inputs: I, attributes: A) => O;

export interface Primitive<I, A, O> {
  (inputs: I, attributes: A): O;
  /** Its name in tfjs' kernel registry: a backend that registers a kernel of this name takes over. */
  readonly kernelName: string;
  /** The form in tfjs ops that serves every backend, and is the reference for the faster ones. */
  readonly portable: Form<I, A, O>;
}

/**
 * Declares a training primitive: an operation that a training step is made of and that tfjs lacks or does badly.
 *
 * A call goes to the kernel that is registered as `Feedalign<name>` for the backend in use, else to the form that
 * `on` names for that backend, else to the portable form. Whoever calls never asks which backend runs. The registered
 * kernel of a step that returns nothing returns [].
 */
export function primitive<I extends object, A extends object, O>(
  name: string,
  portable: Form<I, A, O>,
  on: Readonly<Record<string, Form<I, A, O>>> = {},
): Primitive<I, A, O> {
  const kernelName = `Feedalign${name}`;
  const call = (inputs: I, attributes: A): O => {
    const backend = getBackend();
    if (getKernel(kernelName, backend)) {
      return engine().runKernel(kernelName, inputs as NamedTensorMap, attributes as never) as O;
    }
    return (on[backend] ?? portable)(inputs, attributes);
  };
  return Object.assign(call, { kernelName, portable });
}

/**
 * A gradient that one primitive computes.
 *
 * Where the backend registers `<kernelName>Into`, a kernel that takes a `variable` beside the primitive's inputs and
 * `scale` and `keep` beside its attributes, `addTo` is that one call; elsewhere it is the primitive and a sum.
 */
export function gradientBy<I extends object, A extends object>(
  compute: Primitive<I, A, Tensor>,
  inputs: I,
  attributes: A,
): Gradient {
  const into = `${compute.kernelName}Into`;
  return {
    compute: () => compute(inputs, attributes),
    addTo: (variable, scale, keep) => {
      if (getKernel(into, getBackend())) {
        const given = { ...inputs, variable } as unknown as NamedTensorMap;
        engine().runKernel(into, given, { ...attributes, scale, keep } as never);
      } else accumulate(variable, compute(inputs, attributes), scale, keep);
    },
  };
}

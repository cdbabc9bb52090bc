import { numberNow, type Scalar } from '@feedalign/core';
import { getBackend, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { keptWhereNotFinite } from './finite.js';
import { type Form, formOn } from './forms/forms.js';
import { castToFloat, checked, type Door, type Signature } from './signature.js';
import { type OwnKernel, ownKernel } from './tfjs/own-kernel.js';

/** Attributes as callers give them: any number among them may be one that differs from step to step. */
export type Given<A> = { readonly [K in keyof A]: number extends A[K] ? A[K] | Scalar : A[K] };

export interface Primitive<I, A, O> {
  (inputs: I, attributes: Given<A>): O;
  /** Its name in tfjs' kernel registry: a backend that registers a kernel of this name takes over. */
  readonly kernelName: string;
  /** The kernel that adds what it computes to a variable, `<kernelName>Into`. */
  readonly into: OwnKernel;
  /** The form in tfjs ops that serves every backend, and is the reference for the faster ones. */
  readonly portable: Form<I, A, O>;
  /** What it takes. */
  readonly door: Door<I, A>;
}

const isSlot = (value: unknown): value is Exclude<Scalar, number> =>
  typeof value === 'object' && value !== null && 'now' in value;

/** The attributes with each number that differs from step to step as it is now. */
function fixed<A extends object>(attributes: Given<A>): A {
  const values: Readonly<Record<string, unknown>> = attributes;
  for (const name in values) {
    if (!isSlot(values[name])) continue;
    const entries = Object.entries(values).map(([key, each]) => [key, isSlot(each) ? numberNow(each) : each]);
    return Object.fromEntries(entries) as A;
  }
  return attributes as unknown as A;
}

/** Passes the door, and goes to what computes for the backend in use. */
function declared<I extends object, A extends object, O>(
  name: string,
  signature: Signature<I, A>,
  portable: Form<I, A, O>,
): Primitive<I, A, O> {
  const kernelName = `Feedalign${name}`;
  const kernel = ownKernel(kernelName);
  const door = { name, signature };
  const run = (inputs: I, attributes: Given<A>): O => {
    if (kernel.isThere()) return kernel.run(inputs, attributes) as O;
    const form = formOn(getBackend(), kernelName) as Form<I, A, O> | undefined;
    return (form ?? portable)(inputs, fixed(attributes));
  };
  const call = (inputs: I, attributes: Given<A>): O => {
    const toCast = checked(door, inputs, attributes as A);
    if (!toCast) return run(inputs, attributes);
    // The scope frees what was cast.
    return tidy(() => run(castToFloat(inputs, toCast), attributes) as Tensor) as O;
  };
  return Object.assign(call, { kernelName, into: ownKernel(`${kernelName}Into`), portable, door });
}

/**
 * Declares a training primitive: an operation that a training step is made of and that tfjs lacks or does badly.
 *
 * Each call passes one door: tensors of whole numbers and truth values are cast to float32, and what does not fit the
 * signature is refused, so that no kernel ever sees a type or a shape that it was not made for. Then it goes to the kernel
 * that is registered as `Feedalign<name>` for the backend in use, else to the form for that backend, else to the
 * portable form. Whoever calls never asks which backend runs.
 *
 * @example
 * ```ts
 * const denseInputGradient = primitive(
 *   'DenseInputGradient',
 *   { takes: { delta: 'm out', kernel: 'in out' } },
 *   ({ delta, kernel }: { delta: Tensor; kernel: Tensor }) => matMul(delta, kernel, false, true),
 * );
 * ```
 */
export const primitive = <I extends object, A extends object, O>(
  name: string,
  signature: Signature<I, A>,
  portable: Form<I, A, O>,
): Primitive<I, A, O> => declared(name, signature, portable);

/** What variables are after a primitive that changes them in place, by role. */
type Changed = Readonly<Record<string, Tensor>>;

/**
 * Declares a primitive that changes variables in place. The portable form says what they are after it, from what they
 * are; a registered kernel returns [].
 */
export function changingPrimitive<I extends object, A extends object>(
  name: string,
  signature: Signature<I, A> & Required<Pick<Signature<I, A>, 'changes'>>,
  portable: Form<I, A, Changed>,
): Primitive<I, A, void> {
  return declared<I, A, void>(name, signature, (inputs, attributes) => {
    tidy(() => {
      for (const [role, next] of Object.entries(portable(inputs, attributes))) {
        const variable = inputs[role as keyof I] as Variable;
        variable.assign(keptWhereNotFinite(variable, next));
      }
    });
  });
}

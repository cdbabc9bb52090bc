import type { Gradient } from '@feedalign/core';
import * as tf from '@tensorflow/tfjs-core';
import { centralDifferences, type Expected } from './differences.js';
import { drawn, type Values } from './values.js';

/** Who computes: the training primitives of `@feedalign/backend`, or tfjs with its autodiff, as `model.fit` does. */
export type Implementation = 'feedalign' | 'tfjs';

/** What was computed, each by the name of what it has to be. */
export type Found = readonly (readonly [of: string, tensor: tf.Tensor])[];

/** One operation of a training step, and how each implementation computes it on the backend in use. */
export interface Check {
  readonly operation: string;
  expected(): Readonly<Record<string, Expected>>;
  /** Called within a `tidy`. */
  readonly by: Readonly<Partial<Record<Implementation, () => Found>>>;
}

type Tensors<N extends string> = Readonly<Record<N, tf.Tensor>>;

interface Differentiated<N extends string, C extends string> {
  readonly operation: string;
  /** Each gets its gradient checked. */
  readonly inputs: Readonly<Record<N, Values>>;
  /** Inputs without a gradient. */
  readonly constants?: Readonly<Record<C, Values>>;
  /** The operation in plain loops of doubles. */
  plain(given: Readonly<Record<N | C, Values>>): Values;
  /** In ops of tfjs, whose autodiff makes the gradients. */
  readonly tfjs?: (given: Tensors<N | C>) => tf.Tensor;
  /** By training primitives: the output, and the gradients of signal · output. */
  readonly feedalign?: (given: Tensors<N | C>, signal: tf.Tensor) => Found;
}

export const tensorOf = ({ shape, numbers }: Values): tf.Tensor =>
  tf.tensor(Float32Array.from(numbers), [...shape], 'float32');

/** The output of an operation, and its gradient by each input, against plain loops and their central differences. */
export function differentiated<N extends string, C extends string = never>(
  given: Differentiated<N, C>,
): Check {
  const { operation, inputs, constants, plain, tfjs, feedalign } = given;
  const all = { ...constants, ...inputs } as Record<N | C, Values>;
  const names = Object.keys(inputs) as N[];
  const output = plain(all);
  const signal = drawn('signal', output.shape);
  const tensors = () =>
    Object.fromEntries(
      Object.entries<Values>(all).map(([name, values]) => [name, tensorOf(values)]),
    ) as Record<N | C, tf.Tensor>;

  const byAutodiff = (f: (given: Tensors<N | C>) => tf.Tensor): Found => {
    const fixed = tensors();
    const gradients = tf.grads((...moved: tf.Tensor[]) =>
      f({ ...fixed, ...Object.fromEntries(names.map((name, i) => [name, moved[i]])) }),
    )(
      names.map((name) => fixed[name]),
      tensorOf(signal),
    );
    return [['output', f(fixed)], ...names.map((name, i) => [name, gradients[i]] as const)];
  };

  return {
    operation,
    expected: () => ({
      output: { numbers: output.numbers },
      ...Object.fromEntries(
        names.map((name) => [
          name,
          centralDifferences((moved) => plain({ ...all, [name]: moved }), inputs[name], signal),
        ]),
      ),
    }),
    by: {
      ...(feedalign && { feedalign: () => feedalign(tensors(), tensorOf(signal)) }),
      ...(tfjs && { tfjs: () => byAutodiff(tfjs) }),
    },
  };
}

/** A gradient in both its forms: as a tensor, and added to a variable in place, from which it is told again. */
export function bothForms(of: string, gradient: Gradient, shape: readonly number[]): Found {
  const [scale, keep, before] = [0.5, -0.25, 3];
  const variable = tf.variable(tf.fill([...shape], before), false);
  try {
    gradient.addTo(variable, scale, keep);
    const added = tf.div(tf.sub(variable, keep * before), scale);
    return [
      [of, gradient.compute()],
      [of, added],
    ];
  } finally {
    variable.dispose();
  }
}

import { adamStep, decayStep, momentumStep } from '@feedalign/backend';
import type { Gradient, Optimizer, Parameter } from '@feedalign/core';
import { type Tensor, type Optimizer as TfjsOptimizer, tidy, type Variable } from '@tensorflow/tfjs-core';

/** What tfjs' optimizers hold and do not say in their types. */
interface Held {
  readonly learningRate: number;
  readonly momentum: number;
  readonly useNesterov: boolean;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Steps taken. */
  readonly iterations: number;
  readonly accumulations: readonly Slot[];
  readonly accumulatedFirstMoment: readonly Slot[];
  readonly accumulatedSecondMoment: readonly Slot[];
}
type Slot = { readonly variable: Variable };

/**
 * The steps of tfjs' optimizers that are ours too, by their class names there: in place, over the accumulators that tfjs
 * made, each parameter's at its own place.
 */
const inPlace: Readonly<
  Record<string, (held: Held, place: number, variable: Variable, gradient: Gradient) => void>
> = {
  SGD: ({ learningRate }, _place, variable, gradient) => gradient.addTo(variable, -learningRate, 1),
  Momentum: ({ learningRate, momentum, useNesterov, accumulations }, place, variable, gradient) =>
    momentumStep(
      { variable, velocity: accumulations[place].variable, gradient: gradient.compute() },
      { learningRate, momentum, nesterov: useNesterov },
    ),
  Adam: (held, place, variable, gradient) => {
    const { learningRate, beta1, beta2, epsilon, iterations } = held;
    adamStep(
      {
        variable,
        mean: held.accumulatedFirstMoment[place].variable,
        meanSquare: held.accumulatedSecondMoment[place].variable,
        gradient: gradient.compute(),
      },
      { learningRate, beta1, beta2, epsilon, step: iterations },
    );
  },
};

/** The numbers that their steps take, of those whose steps are alike. */
const inPlaceNumbers: Readonly<Record<string, (held: Held) => readonly number[]>> = {
  SGD: ({ learningRate }) => [learningRate],
  Momentum: ({ learningRate, momentum, useNesterov }) => [learningRate, momentum, Number(useNesterov)],
};

/**
 * An optimizer of tfjs as one of ours: it keeps its own state, and its learning rate may be changed while it runs.
 * What it holds is its owner's to free: `dispose` frees nothing here.
 *
 * SGD, with momentum or without, and Adam take their steps in place, which is many times faster; the others as tfjs
 * takes them.
 *
 * @example
 * ```ts
 * import { train as tfTrain } from '@tensorflow/tfjs-core';
 * const optimizer = fromTfjs(tfTrain.adagrad(0.01));
 * ```
 */
export function fromTfjs(optimizer: TfjsOptimizer): Optimizer<readonly Parameter[]> {
  const name = optimizer.getClassName();
  const step = Object.hasOwn(inPlace, name) ? inPlace[name] : undefined;
  return {
    name,
    init: (parameters) => parameters,
    apply: (updates, parameters) =>
      tidy(() => {
        const gradients = new Map(updates.map((update) => [update.parameter, update.gradient]));
        // tfjs tells its accumulators apart by place: every parameter keeps its place, with or without a gradient.
        // Called without any, it makes the accumulators that are missing and counts the step.
        const tensors = parameters.map((parameter) => ({
          name: parameter.variable.name,
          tensor: step ? null : (gradients.get(parameter)?.compute() ?? null),
        }));
        for (const { parameter, decay = 0 } of updates) {
          if (decay > 0) decayStep({ variable: parameter.variable }, { rate: decay });
        }
        optimizer.applyGradients(tensors as { name: string; tensor: Tensor }[]);
        parameters.forEach((parameter, place) => {
          const gradient = gradients.get(parameter);
          if (gradient) step?.(optimizer as unknown as Held, place, parameter.variable, gradient);
        });
      }),
    ...(Object.hasOwn(inPlaceNumbers, name) && {
      numbers: () => inPlaceNumbers[name](optimizer as unknown as Held),
      repeated: () => optimizer.applyGradients([]),
    }),
    dispose: () => {},
  };
}

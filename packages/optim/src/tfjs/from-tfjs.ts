import {
  accumulateStep,
  adamStep,
  addGradient,
  decayStep,
  keptWhereNotFinite,
  momentumStep,
} from '@feedalign/backend';
import {
  afterStep,
  type Gradient,
  neverRepeat,
  type Optimizer,
  onceInStep,
  type Parameter,
  slot,
} from '@feedalign/core';
import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  MomentumOptimizer,
  RMSPropOptimizer,
  SGDOptimizer,
  type Tensor,
  type Optimizer as TfjsOptimizer,
  tidy,
  Variable,
} from '@tensorflow/tfjs-core';

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
  /** β₁ᵗ and β₂ᵗ, for the next step. */
  readonly accBeta1: Variable;
  readonly accBeta2: Variable;
  incrementIterations(): void;
  readonly accumulations: readonly Slot[];
  readonly accumulatedFirstMoment: readonly Slot[];
  readonly accumulatedSecondMoment: readonly Slot[];
}
type Slot = { readonly variable: Variable } | undefined;
/** The number of the step that is taken, counted from 1. */
type Taken = ReturnType<typeof slot>;

/** A step of tfjs' that is ours too: in place, over the accumulators that tfjs made, each parameter's at its own place. */
interface InPlace {
  /** What tfjs runs: a subclass that puts another function in its place has its own step. */
  readonly stock: TfjsOptimizer['applyGradients'];
  accumulators(held: Held): readonly (readonly Slot[])[];
  step(held: Held, slots: readonly Variable[], variable: Variable, gradient: Gradient, step: Taken): void;
  /** What it changes once in a step, beside the count. */
  once?(held: Held): void;
}

const rate = (held: Held) => slot(() => held.learningRate);

const inPlace: readonly InPlace[] = [
  {
    stock: SGDOptimizer.prototype.applyGradients,
    accumulators: () => [],
    step: (held, _slots, variable, gradient) =>
      addGradient(
        gradient,
        variable,
        slot(() => -held.learningRate),
      ),
  },
  {
    stock: MomentumOptimizer.prototype.applyGradients,
    accumulators: ({ accumulations }) => [accumulations],
    step: (held, [velocity], variable, gradient) =>
      momentumStep(
        { variable, velocity, gradient: gradient.compute() },
        { learningRate: rate(held), momentum: slot(() => held.momentum), nesterov: held.useNesterov },
      ),
  },
  {
    stock: AdamOptimizer.prototype.applyGradients,
    accumulators: (held) => [held.accumulatedFirstMoment, held.accumulatedSecondMoment],
    step: (held, [mean, meanSquare], variable, gradient, step) => {
      const { beta1, beta2, epsilon } = held;
      adamStep(
        { variable, mean, meanSquare, gradient: gradient.compute() },
        { learningRate: rate(held), beta1, beta2, epsilon, step },
      );
    },
    once: ({ accBeta1, accBeta2, beta1, beta2 }) => {
      accumulateStep({ variable: accBeta1, value: accBeta1 }, { scale: 0, keep: beta1 });
      accumulateStep({ variable: accBeta2, value: accBeta2 }, { scale: 0, keep: beta2 });
    },
  },
];

/** Steps of tfjs' own that are not in place. */
const ofTfjs: readonly TfjsOptimizer['applyGradients'][] = [
  RMSPropOptimizer,
  AdagradOptimizer,
  AdadeltaOptimizer,
  AdamaxOptimizer,
].map(({ prototype }) => prototype.applyGradients);

/** Every variable that an optimizer of tfjs' holds, whatever it calls them. */
const accumulatorsOf = (optimizer: TfjsOptimizer): Variable[] =>
  Object.values(optimizer)
    .filter((each): each is Slot[] => Array.isArray(each))
    .flat()
    .flatMap((slot) => (slot?.variable instanceof Variable ? [slot.variable] : []));

type Named = { name: string; tensor: Tensor };
type NameAll = (tensorOf: (parameter: Parameter) => Tensor | null) => Named[];

/** Called without gradients, tfjs makes the accumulators that are missing; that it counts a step is undone. */
function makeAccumulators(optimizer: TfjsOptimizer, named: NameAll): void {
  const { iterations } = optimizer as unknown as Held;
  // Adam and Adamax count in variables of their own too.
  const counts = Object.values(optimizer).filter((each) => each instanceof Variable);
  const were = counts.map((count) => count.clone());
  optimizer.applyGradients(named(() => null));
  counts.forEach((count, i) => {
    count.assign(were[i]);
  });
  Object.assign(optimizer, { iterations_: iterations });
}

/**
 * An optimizer of tfjs as one of ours: it keeps its own state, and its learning rate may be changed while it runs.
 * What it holds is its owner's to free: `dispose` frees nothing here.
 *
 * SGD, with momentum or without, and Adam take their steps in place, which is many times faster; the others, and
 * subclasses with an `applyGradients` of their own, as they take them.
 *
 * @example
 * ```ts
 * import { train as tfTrain } from '@tensorflow/tfjs-core';
 * const optimizer = fromTfjs(tfTrain.adagrad(0.01));
 * ```
 */
export function fromTfjs(optimizer: TfjsOptimizer): Optimizer<readonly Parameter[]> {
  const own = inPlace.find(({ stock }) => stock === optimizer.applyGradients);
  const held = optimizer as unknown as Held;
  return {
    name: optimizer.getClassName(),
    ...(own && { pure: true, inParts: true }),
    init: (parameters) => parameters,
    apply: (updates, parameters) =>
      tidy(() => {
        const gradients = new Map(updates.map((update) => [update.parameter, update.gradient]));
        for (const { parameter, decay = 0 } of updates) {
          if (decay > 0) decayStep({ variable: parameter.variable }, { rate: decay });
        }
        // tfjs tells its accumulators apart by place: every parameter keeps its place, with or without a gradient.
        const named: NameAll = (tensorOf) =>
          parameters.map((parameter) => ({
            name: parameter.variable.name,
            tensor: tensorOf(parameter),
          })) as Named[];
        if (!own) {
          neverRepeat();
          const { iterations } = held;
          const isStock = ofTfjs.includes(optimizer.applyGradients);
          // Where they are there, they can be kept too.
          if (isStock && accumulatorsOf(optimizer).length === 0) makeAccumulators(optimizer, named);
          const changing = [...parameters.map(({ variable }) => variable), ...accumulatorsOf(optimizer)];
          const before = changing.map((variable) => variable.clone());
          optimizer.applyGradients(named((parameter) => gradients.get(parameter)?.compute() ?? null));
          if (isStock) Object.assign(optimizer, { iterations_: iterations + 1 });
          changing.forEach((variable, i) => {
            const kept = keptWhereNotFinite(before[i], variable);
            if (kept !== variable) variable.assign(kept);
          });
          return;
        }
        const isMissing = own.accumulators(held).some((all) => parameters.some((_, place) => !all[place]));
        if (isMissing) {
          neverRepeat();
          makeAccumulators(optimizer, named);
        }
        const step = slot(() => held.iterations + 1);
        const all = own.accumulators(held);
        parameters.forEach((parameter, place) => {
          const gradient = gradients.get(parameter);
          const slots = all.map((each) => (each[place] as { variable: Variable }).variable);
          if (gradient) own.step(held, slots, parameter.variable, gradient, step);
        });
        onceInStep(optimizer, () => {
          own.once?.(held);
          afterStep(() => held.incrementIterations());
        });
      }),
    dispose: () => {},
  };
}

import { addGradient, decayStep } from '@feedalign/backend';
import {
  afterStep,
  type Gradient,
  type Optimizer,
  onceInStep,
  type Parameter,
  type Slot,
  slot,
  type Update,
} from '@feedalign/core';
import { dispose, tidy, type Variable, variable, zerosLike } from '@tensorflow/tfjs-core';

/** How far an optimizer has come. */
export interface OptimizerState {
  /** Steps taken. */
  step: number;
  /** What is remembered of each parameter: as many variables as all links together ask for, in their order. */
  readonly slots: Map<Parameter, Variable[]>;
}

/** What a link knows of one parameter. */
export interface Memory {
  readonly variable: Variable;
  /** Its own variables, as many as it asked for, which began as zeros. */
  readonly slots: readonly Variable[];
  /** Steps taken before this one, read in each step. */
  readonly step: Slot;
}

/**
 * A link of an optimizer: what it makes of the gradients that come to it. It computes nothing by itself: the gradients
 * that it returns do, when the last link adds them to the parameters.
 */
export interface Transformation {
  /** Variables that it remembers of each parameter. Default none. */
  readonly slotCount?: number;
  /** That a gradient's change depends on the others: it needs all of a step at once. */
  readonly takesAll?: true;
  update(updates: readonly Update[], memoryOf: (update: Update) => Memory): readonly Update[];
}

/** A link that treats every parameter alike and alone. */
export const each = (
  transform: (gradient: Gradient, memory: Memory) => Gradient,
  slotCount = 0,
): Transformation => ({
  slotCount,
  update: (updates, memoryOf) =>
    updates.map((update) => ({ ...update, gradient: transform(update.gradient, memoryOf(update)) })),
});

/**
 * An optimizer of links: what the last one makes of a gradient is added to the parameter, so that a link that scales by
 * the negative learning rate comes last. Where neighbours have a kernel together, it is taken: plain SGD adds to the
 * weights in place, momentum and Adam take their step in one pass.
 *
 * Decay that a rule asks for goes before, whatever the links are.
 *
 * @example
 * ```ts
 * const optimizer = chain(clipByGlobalNorm(1), scaleByAdam(), addDecayedWeights(0.01), scaleByLearningRate(1e-3));
 * ```
 */
export function chain(...links: readonly Transformation[]): Optimizer<OptimizerState> {
  const counts = links.map(({ slotCount = 0 }) => slotCount);
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, count) => sum + count, 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const slotsOf = ({ slots }: OptimizerState, parameter: Parameter): Variable[] => {
    const known = slots.get(parameter);
    if (known) return known;
    const made = Array.from({ length: total }, () => variable(zerosLike(parameter.variable), false));
    slots.set(parameter, made);
    return made;
  };
  return {
    name: 'chain',
    pure: true,
    ...(!links.some(({ takesAll }) => takesAll) && { inParts: true }),
    init: (parameters) => {
      const state: OptimizerState = { step: 0, slots: new Map() };
      tidy(() => {
        for (const parameter of parameters) slotsOf(state, parameter);
      });
      return state;
    },
    apply: (updates, state) =>
      tidy(() => {
        const step = slot(() => state.step);
        const last = links.reduce<readonly Update[]>(
          (current, link, i) =>
            link.update(current, ({ parameter }) => ({
              variable: parameter.variable,
              slots: slotsOf(state, parameter).slice(starts[i], starts[i] + counts[i]),
              step,
            })),
          updates,
        );
        for (const { parameter, gradient, decay = 0 } of last) {
          const { variable: weights } = parameter;
          if (decay > 0) decayStep({ variable: weights }, { rate: decay });
          addGradient(gradient, weights, 1);
        }
        onceInStep(state, () =>
          afterStep(() => {
            state.step++;
          }),
        );
      }),
    dispose: (state) => {
      dispose([...state.slots.values()].flat());
      state.slots.clear();
    },
  };
}

import { type Gradient, gradientOf, mapTree, type Outline, type Parameter, type Unit } from '@feedalign/core';
import { type Tensor, type Variable, variable } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import type { FeedbackState } from './drawn-feedback.js';
import type { Option } from './options.js';

/** Feedback that the optimizer trains, by the name of its unit. */
export type LearnedState = Record<string, Variable>;

/** Feedback as variables. */
export const asVariables = (state: FeedbackState): LearnedState =>
  mapTree(state, (matrix) => variable(matrix, false)) as LearnedState;

/** The outline of feedback that an optimizer trains. */
export const outlineOfVariables = (outline: Outline): Outline =>
  Object.fromEntries(
    Object.entries(outline).map(([name, value]) => [
      name,
      value === 'plain' ? value : { ...value, isVariable: true },
    ]),
  );

const parameters = new WeakMap<Variable, Parameter>();

/**
 * The feedback of a unit as a parameter, the same one each time; it is kept to what the kernel that it follows is kept
 * to.
 */
export function learnable(unit: Unit, feedback: Variable, follows?: Parameter): Parameter {
  const known = parameters.get(feedback);
  if (known) return known;
  const { penalty, constrain } = follows ?? {};
  const name = `${unit.name}/feedback ${feedback.name}`;
  const parameter = { name, variable: feedback, trainable: true, penalty, constrain };
  parameters.set(feedback, parameter);
  return parameter;
}

/** A gradient that several parameters share: computed once. */
export function once(gradient: Gradient): Gradient {
  let computed: Tensor | undefined;
  return gradientOf(() => {
    computed ??= gradient.compute();
    return computed;
  });
}

/** 1 − λ. */
export const share: Option = {
  schema: z.number().check(z.gte(0), z.lt(1)),
  valid: 'the share of the weights that goes in each step, from 0 to below 1',
};

import { tidy } from '@tensorflow/tfjs-core';
import { neverRepeat } from './during-step.js';
import type { Parameter } from './operation.js';
import type { Update } from './rule.js';

/**
 * What makes steps of gradients: a value; its memory is the state that `init` returns.
 *
 * @example
 * ```ts
 * const optimizer = sgd({ learningRate: 0.05 });
 * const state = optimizer.init(parameters);
 * optimizer.apply(pass.gradients(), state);
 * optimizer.dispose(state);
 * ```
 */
export interface Optimizer<S = unknown> {
  readonly name: string;
  init(parameters: readonly Parameter[]): S;
  /**
   * Changes the parameters' variables, and the state, in place. Numbers that differ from step to step go in as slots, and
   * steps are counted by `afterStep`, so that an engine may repeat a step without calling this.
   */
  apply(updates: readonly Update[], state: S): void;
  dispose(state: S): void;
  /**
   * That `apply` may be called more than once in a step, with other parameters each time: each gets what it would get of one
   * call with all, and the step counts once. A rule by which layers learn early asks for it.
   */
  readonly inParts?: true;
  /** That `apply` is as said above. Steps of an optimizer that does not say so are never repeated from a recording. */
  readonly pure?: true;
}

/** One step of the optimizer, after which every parameter is brought back within its constraint. */
export function takeStep<S>(optimizer: Optimizer<S>, updates: readonly Update[], state: S): void {
  if (!optimizer.pure) neverRepeat();
  optimizer.apply(updates, state);
  for (const { parameter } of updates) {
    const { variable, constrain } = parameter;
    if (!constrain) continue;
    neverRepeat();
    tidy(() => variable.assign(constrain(variable)));
  }
}

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
  /** Changes the parameters' variables, and the state, in place. */
  apply(updates: readonly Update[], state: S): void;
  dispose(state: S): void;
}

/**
 * What code within a training step may say of it, wherever it stands: the optimizer that counts, the layer that cannot be
 * repeated.
 */

/** A step that is under way. */
export interface StepUnderWay {
  /** What is to be done when it ends, and whenever an engine has repeated it. */
  readonly effects: (() => void)[];
  /** Says that it is not to be repeated from a recording. */
  refuse(): void;
  /** Who has done what is to be done once. */
  readonly done: Set<object>;
}

let current: StepUnderWay | undefined;

/** Runs `compute` as a step. */
export function duringStep<T>(step: StepUnderWay, compute: () => T): T {
  const outer = current;
  current = step;
  try {
    return compute();
  } finally {
    current = outer;
  }
}

/**
 * Does something when the step that is under way ends, also each time that it is repeated; at once outside of a step.
 * What kernels do not do, counting steps above all, has to go through this.
 */
export function afterStep(effect: () => void): void {
  if (current) current.effects.push(effect);
  else effect();
}

/** Does something if `who` has not done so in the step that is under way: an optimizer that is given its updates in parts. */
export function onceInStep(who: object, effect: () => void): void {
  if (current?.done.has(who)) return;
  current?.done.add(who);
  effect();
}

/**
 * Says that the step under way does something that a recording of its kernels does not hold: it is computed each time.
 * Nothing happens outside of a step.
 */
export const neverRepeat = (): void => current?.refuse();

import { tidy } from '@tensorflow/tfjs-core';
import { FeedalignError } from './errors.js';
import type { Network } from './network.js';
import { type Outline, type Outlined, outlined } from './outline.js';
import { createRng } from './rng.js';
import type { FeedbackRule, Teaches } from './rule.js';
import { disposeTree, type TensorTree } from './tree.js';

/** What a rule's `init` would make: as the rule tells it, or as it comes out where the rule does not. */
// biome-ignore lint/suspicious/noExplicitAny: any rule's state is a tree, and no more is asked of it.
export function outlineOf(rule: FeedbackRule<any>, network: Network, teaches?: Teaches): Outline {
  if (rule.outline) return rule.outline(network, teaches);
  return tidy(() => {
    const state: TensorTree = rule.init(network, createRng(0), teaches);
    const found = outlined(state);
    disposeTree(state);
    return found as never;
  });
}

/**
 * Checks that a state is one that the rule's `init` could have made for this network: the same paths, each with a tensor
 * of the same shape, a variable where the optimizer trains it.
 *
 * @param state undefined where none was saved, which is right for a rule whose state is drawn again from the seed
 * @throws FeedalignError `invalid-option` for feedback that is missing, or that this network has no use for
 * @throws FeedalignError `shape-mismatch` for a tensor of another shape
 * @example
 * ```ts
 * checkState(rule, trace(model), decoded);
 * ```
 */
export function checkState<S extends TensorTree>(
  rule: FeedbackRule<S>,
  network: Network,
  state: TensorTree,
): void {
  const refuse = (code: 'invalid-option' | 'shape-mismatch', problem: string): never => {
    throw new FeedalignError(
      code,
      problem,
      'Load the model that it was saved with, or convert() this one anew.',
    );
  };
  if (state === undefined) {
    if (rule.savesState) refuse('invalid-option', `The feedback of the rule '${rule.name}' was not saved.`);
    return;
  }
  const [needed, found] = [outlineOf(rule, network), outlined(state)];
  const strangers = Object.keys(found).filter((path) => !Object.hasOwn(needed, path));
  for (const [path, value] of Object.entries(needed)) {
    const place = `The feedback of the rule '${rule.name}' at '${path}'`;
    const held = Object.hasOwn(found, path) ? found[path] : undefined;
    if (!held) {
      const others = strangers.length > 0 ? `, but there is ${strangers.join(', ')}` : '';
      refuse('invalid-option', `${place} is missing: it is ${told(value)}${others}.`);
    } else if (shapeOf(held) !== shapeOf(value)) {
      refuse('shape-mismatch', `${place} is ${told(held)}, but ${told(value)} is needed.`);
    } else if (
      held !== 'plain' &&
      value !== 'plain' &&
      Boolean(held.isVariable) !== Boolean(value.isVariable)
    ) {
      refuse('invalid-option', `${place} is ${told(held)}, but ${told(value)} is needed.`);
    }
  }
  if (strangers.length > 0) {
    const problem = `The rule '${rule.name}' has no feedback at '${strangers[0]}' on this network, but there is some.`;
    refuse('invalid-option', problem);
  }
}

const shapeOf = (value: Outlined) => (value === 'plain' ? value : `[${value.shape}]`);

const told = (value: Outlined) =>
  value === 'plain'
    ? 'a plain value'
    : `${value.isVariable ? 'a variable' : 'a tensor'} of shape [${value.shape}]`;

import { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { TensorTree } from './tree.js';

/** What lies at one place of a rule's state: a tensor, or a variable that an optimizer trains, or a plain value. */
export type Outlined = { readonly shape: readonly number[]; readonly isVariable?: boolean } | 'plain';

/** A rule's state without its numbers, by path, as `heads/0`; nothing for null. */
export type Outline = Readonly<Record<string, Outlined>>;

/** The outline, its paths below this key. */
export const outlineBelow = (key: string, outline: Outline): Outline =>
  Object.fromEntries(
    Object.entries(outline).map(([path, value]) => [path === '' ? key : `${key}/${path}`, value]),
  );

/** The outline of a state that there is. */
export function outlined(state: TensorTree): Outline {
  if (state === null || state === undefined) return {};
  if (state instanceof Tensor) return { '': { shape: state.shape, isVariable: state instanceof Variable } };
  if (typeof state !== 'object') return { '': 'plain' };
  return Object.fromEntries(
    Object.entries(state).flatMap(([key, branch]) => Object.entries(outlineBelow(key, outlined(branch)))),
  );
}

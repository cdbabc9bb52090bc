import {
  createRng,
  FeedalignError,
  type Outline,
  type Outlined,
  type Pass,
  type Place,
  type Rng,
} from '@feedalign/core';
import { mul, type Tensor, Tensor as TensorClass, type TensorLike, tensor } from '@tensorflow/tfjs-core';
import { type DistributionName, type Drawing, drawFeedback } from './feedback.js';
import type { FeedbackOptions } from './feedback-options.js';
import { fitted, refuseUnknown } from './given-feedback.js';
import { isNames } from './options.js';

/** Feedback by name: the matrix itself, or the place in a stream of random numbers where it is drawn from. */
export type FeedbackState = Record<string, Tensor | Place>;

/** One matrix of feedback. */
export interface Slot extends Drawing {
  readonly name: string;
  readonly stream: string | number;
  /** What 'weights' copies. */
  readonly weights?: Tensor;
}

/** What `drawnFeedback` returns: what a rule says of its feedback, how it begins, and one matrix of it. */
export interface DrawnFeedback {
  readonly options: Readonly<Record<string, unknown>>;
  readonly savesState: boolean;
  init(slots: readonly Slot[], rng: Rng): FeedbackState;
  /** What `init` makes. */
  outline(slots: readonly Slot[]): Outline;
  /**
   * The matrix of a slot; drawn at most once in a pass.
   *
   * @throws FeedalignError `invalid-option`, `shape-mismatch` when the state has none, or one of another shape
   */
  of(slot: Slot, pass: Pass<FeedbackState>): Tensor;
  /** The same, undefined where there is none. */
  find(slot: Slot, pass: Pass<FeedbackState>): Tensor | undefined;
}

/**
 * Feedback as its options have it.
 *
 * @param rule the name of the rule that has it
 * @param standard the distribution when none is named
 * @throws FeedalignError `invalid-option` for options that contradict each other; from `init` for values that do not
 * fit
 */
export function drawnFeedback(
  rule: string,
  options: FeedbackOptions,
  standard: DistributionName,
): DrawnFeedback {
  const { distribution = standard, rank, scale = 1, seed, values, store = 'tensor' } = options;
  if (store === 'seed' && distribution === 'weights') {
    throw new FeedalignError(
      'invalid-option',
      "A copy of the weights cannot be drawn from a seed (store: 'seed', distribution: 'weights').",
      'Leave store out, or use one of the distributions that are drawn.',
    );
  }
  const given: Readonly<Record<string, TensorLike | Tensor>> = isNames(values) ? {} : (values ?? {});
  const names = isNames(values) ? values : Object.keys(given);

  const drawn = (slot: Slot, place: Place): Tensor => {
    const drawing = { ...slot, rank };
    const scaled = { distribution: distribution as DistributionName, scale };
    return tensor(drawFeedback(createRng(place), drawing, scaled), [...slot.shape], 'float32');
  };
  const begun = (slot: Slot, rng: Rng): Tensor | Place => {
    if (names.includes(slot.name)) return fitted(slot, given[slot.name]);
    if (distribution === 'weights') return copied(slot, scale);
    const place = rng.stream(slot.stream).reserve(0);
    return store === 'seed' ? place : drawn(slot, place);
  };

  const again = new WeakMap<object, Map<string, Tensor>>();
  const find: DrawnFeedback['find'] = (slot, pass) => {
    const held: Tensor | Place | undefined = heldAt(pass.state, slot.name);
    if (held === undefined || held instanceof TensorClass) return held;
    const known = again.get(pass) ?? new Map<string, Tensor>();
    again.set(pass, known);
    const matrix = known.get(slot.name) ?? drawn(slot, held);
    known.set(slot.name, matrix);
    return matrix;
  };
  return {
    options: {
      distribution,
      scale,
      ...(rank !== undefined && { rank }),
      ...(seed !== undefined && { seed }),
      ...(names.length > 0 && { values: [...names] }),
      ...(store !== 'tensor' && { store }),
    },
    savesState: names.length > 0 || distribution === 'weights',
    init: (slots, rng) => {
      refuseUnknown(names, slots);
      const source = seed === undefined ? rng : createRng(seed);
      return Object.fromEntries(slots.map((slot) => [slot.name, begun(slot, source)]));
    },
    outline: (slots) => {
      refuseUnknown(names, slots);
      return Object.fromEntries(
        slots.flatMap(({ name, shape }): [string, Outlined][] =>
          store === 'seed' && !names.includes(name) ? placeOf(name) : [[name, { shape }]],
        ),
      );
    },
    find,
    of: (slot, pass) => required(rule, slot, find(slot, pass)),
  };
}

/** What a state has by a unit's name; nothing of what every object has. */
export const heldAt = <T>(state: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(state, name) ? state[name] : undefined;

/** @throws FeedalignError `invalid-option`, `shape-mismatch` when there is no matrix, or one of another shape */
export function required<T extends Tensor>(
  rule: string,
  { name, shape }: Pick<Slot, 'name' | 'shape'>,
  found: T | undefined,
): T {
  if (found && found.shape.join() === shape.join()) return found;
  throw new FeedalignError(
    found ? 'shape-mismatch' : 'invalid-option',
    found
      ? `The feedback of the rule '${rule}' for '${name}' has the shape [${found.shape}], but [${shape}] is needed.`
      : `The rule '${rule}' has no feedback for '${name}', of shape [${shape}].`,
    'Give it the state that its init made for this network, or restore() the saved model that has it.',
  );
}

/** Where the parts of a place lie in a state. */
const placeOf = (name: string): [string, Outlined][] =>
  ['key/0', 'key/1', 'counter'].map((part) => [`${name}/${part}`, 'plain']);

function copied({ name, weights }: Slot, scale: number): Tensor {
  if (weights) return mul(weights, scale);
  throw new FeedalignError(
    'invalid-option',
    `The feedback of '${name}' has not the shape of any weights (distribution: 'weights').`,
    'Use one of the distributions that are drawn.',
  );
}

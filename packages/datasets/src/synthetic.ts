import type { Rng } from '@feedalign/core';
import type { Dataset, Examples } from './examples.js';
import { labelsFor } from './labels.js';
import { requireNonNegative, requireWhole } from './options.js';

/** What `blobs` draws. */
export interface BlobsOptions {
  /** Classes; default 3. */
  readonly classes?: number;
  /** Examples of each class for training, and as many for the test; default 200. */
  readonly perClass?: number;
  /** Length of one input; default 2. */
  readonly dimensions?: number;
  /** Standard deviation around a centre; default 0.1. */
  readonly spread?: number;
  /** Least distance of two centres; default six times the spread, so that clouds hardly overlap. 0 takes any. */
  readonly separation?: number;
  readonly rng: Rng;
}

/**
 * One round cloud a class: x = c_k + spread · ε, with ε standard normal in every dimension and the centre c_k
 * uniform on [−1, 1) in every dimension. Centres are drawn again, up to 100 times, until each two are `separation` apart; where
 * that many do not fit so far apart, it is the draw that came closest to it. Class follows class.
 *
 * @throws FeedalignError `invalid-option` for a number out of range
 * @example
 * ```ts
 * const data = blobs({ classes: 4, dimensions: 8, rng: createRng(1) });
 * ```
 */
export function blobs(options: BlobsOptions): Dataset {
  const { classes = 3, perClass = 200, dimensions = 2, spread = 0.1, rng } = options;
  const { separation = 6 * spread } = options;
  requireWhole('classes', classes, 1);
  requireWhole('perClass', perClass, 1);
  requireWhole('dimensions', dimensions, 1);
  requireNonNegative('spread', spread);
  requireNonNegative('separation', separation);
  const centres = centresApart(separation, classes, dimensions, rng.stream('centres'));
  const draw = (stream: Rng): Examples => {
    const inputs = stream.normal(classes * perClass * dimensions, 0, spread);
    for (let i = 0; i < inputs.length; i++) {
      const label = Math.floor(i / (perClass * dimensions));
      inputs[i] += centres[label * dimensions + (i % dimensions)];
    }
    return classByClass(inputs, [dimensions], classes, perClass);
  };
  return dataset('blobs', draw(rng.stream('train')), draw(rng.stream('test')));
}

const mostDraws = 100;

function centresApart(separation: number, classes: number, dimensions: number, rng: Rng): Float32Array {
  let best = rng.uniform(classes * dimensions, -1, 1);
  let distance = leastDistance(best, dimensions);
  for (let draws = 1; draws < mostDraws && distance < separation; draws++) {
    const centres = rng.uniform(classes * dimensions, -1, 1);
    const found = leastDistance(centres, dimensions, distance);
    if (found > distance) [best, distance] = [centres, found];
  }
  return best;
}

/** Between two of some points, which stand one after the other; ends when it is no more than `enough`. */
function leastDistance(points: Float32Array, dimensions: number, enough = 0): number {
  let least = Number.POSITIVE_INFINITY;
  for (let a = 0; a < points.length; a += dimensions) {
    for (let b = 0; b < a; b += dimensions) {
      let square = 0;
      for (let i = 0; i < dimensions; i++) square += (points[a + i] - points[b + i]) ** 2;
      if (square < least) least = square;
    }
    if (least <= enough ** 2) break;
  }
  return Math.sqrt(least);
}

/** What `spirals` draws. */
export interface SpiralsOptions {
  /** Arms, one a class; default 3. */
  readonly arms?: number;
  /** Examples of each arm for training, and as many for the test; default 200. */
  readonly perArm?: number;
  /** Standard deviation around the arm; default 0.02. */
  readonly noise?: number;
  /** Turns of an arm from the middle to its end; default 1. */
  readonly turns?: number;
  readonly rng: Rng;
}

/**
 * Intertwined arms in the plane: x = t · (cos θ, sin θ) + noise · ε, with θ = 2π (turns · t + k / arms) for class k,
 * t uniform on [0, 1) and ε standard normal in both dimensions. Class follows class.
 *
 * @throws FeedalignError `invalid-option` for a number out of range
 * @example
 * ```ts
 * const data = spirals({ arms: 2, turns: 1.5, rng: createRng(1) });
 * ```
 */
export function spirals(options: SpiralsOptions): Dataset {
  const { arms = 3, perArm = 200, noise = 0.02, turns = 1, rng } = options;
  requireWhole('arms', arms, 1);
  requireWhole('perArm', perArm, 1);
  requireNonNegative('noise', noise);
  requireNonNegative('turns', turns);
  const draw = (stream: Rng): Examples => {
    const along = stream.uniform(arms * perArm);
    const inputs = stream.normal(2 * arms * perArm, 0, noise);
    along.forEach((t, i) => {
      const angle = 2 * Math.PI * (turns * t + Math.floor(i / perArm) / arms);
      inputs[2 * i] += t * Math.cos(angle);
      inputs[2 * i + 1] += t * Math.sin(angle);
    });
    return classByClass(inputs, [2], arms, perArm);
  };
  return dataset('spirals', draw(rng.stream('train')), draw(rng.stream('test')));
}

function classByClass(
  inputs: Float32Array,
  inputShape: readonly number[],
  classes: number,
  perClass: number,
): Examples {
  const count = classes * perClass;
  const labels = labelsFor(classes, count).map((_, i) => Math.floor(i / perClass));
  return { count, inputShape, classes, inputs, labels, scale: [1], offset: [0] };
}

const dataset = (name: string, train: Examples, test: Examples): Dataset => ({
  name,
  inputShape: train.inputShape,
  classes: train.classes,
  train,
  test,
});

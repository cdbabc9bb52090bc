import type { Examples } from '@feedalign/datasets';
import { trace } from '@feedalign/layers';
import type { Alignment } from '@feedalign/metrics';
import type { AnyRule } from '@feedalign/rules';
import { DivergedError, evaluate, type TrainOptions, train } from '@feedalign/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** One measured step, before its update. */
export interface Point {
  /** Updates before it. */
  readonly step: number;
  readonly loss: number;
  /** By layers; null where there is nothing to compare. */
  readonly weights: readonly (number | null)[];
  readonly gradients: readonly (number | null)[];
  readonly weightAlignment: number | null;
  readonly gradientAlignment: number | null;
}

export interface Course {
  readonly points: readonly Point[];
  /** On the test examples, after each epoch; those that a run did not live to see are chance. */
  readonly accuracies: readonly number[];
  /** The last of them. */
  readonly accuracy: number;
  /** On the validation examples, after the last epoch. */
  readonly validationAccuracy?: number;
  readonly diverged: boolean;
}

export interface Data {
  readonly train: Examples;
  readonly test: Examples;
  /** Looked at after the last epoch, if there are any. */
  readonly validation?: Examples;
}

const pointOf = (step: number, loss: number, { units, ...whole }: Alignment): Point => ({
  step,
  loss,
  weights: units.map(({ weightAlignment }) => weightAlignment),
  gradients: units.map(({ gradientAlignment }) => gradientAlignment),
  weightAlignment: whole.weightAlignment,
  gradientAlignment: whole.gradientAlignment,
});

/**
 * Trains a model by a rule, and tests it after each epoch; nothing is chosen by that. `see` gets it after the last. The model
 * is disposed of.
 */
export async function follow(
  model: LayersModel,
  rule: AnyRule,
  { train: examples, test, validation }: Data,
  options: TrainOptions & { readonly epochs: number },
  see: (trained: LayersModel) => void = () => {},
): Promise<Course> {
  const chance = 1 / test.classes;
  const chooses = validation !== undefined && validation.count > 0;
  const points: Point[] = [];
  const accuracies: number[] = [];
  const course = (validationAccuracy: number | undefined, diverged: boolean): Course => ({
    points,
    accuracies,
    accuracy: accuracies[accuracies.length - 1],
    ...(validationAccuracy !== undefined && { validationAccuracy }),
    diverged,
  });
  try {
    const network = trace(model);
    for await (const event of train(network, rule, { train: examples, validation: test }, options)) {
      if (event.type === 'step' && event.alignment)
        points.push(pointOf(event.step - 1, event.loss, event.alignment));
      if (event.type === 'epoch') accuracies.push(event.validationAccuracy ?? chance);
    }
    see(model);
    const { loss } = options;
    return course(chooses ? (await evaluate(network, validation, { loss })).accuracy : undefined, false);
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    while (accuracies.length < options.epochs) accuracies.push(chance);
    return course(chooses ? chance : undefined, true);
  } finally {
    model.dispose();
  }
}

/** The mean over the points from one step to another, of what is a number there. */
export function meanBetween(
  points: readonly Point[],
  [from, to]: readonly [from: number, to: number],
  value: (point: Point) => number | null | undefined,
): number {
  const values = points
    .filter(({ step }) => step >= from && step <= to)
    .map(value)
    .filter((each): each is number => each != null);
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

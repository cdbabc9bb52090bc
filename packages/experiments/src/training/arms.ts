import { type Axis, type Line, type Panel, panelsByFamily } from '@feedalign/figures';
import type { Experiment, Summary } from '../experiment.js';
import {
  type Curve,
  extent,
  fixed,
  type Interval,
  intervalText,
  mean,
  overSeeds,
  pairedDifference,
  rangeText,
} from '../statistics.js';

/** Test accuracies of one seed after each epoch, by arm. */
export type Curves = Readonly<Record<string, readonly number[]>>;

/** Steps of a run, for a schedule that ends with it. */
export const stepsOf = (images: number, batchSize: number, epochs: number): number =>
  Math.ceil(images / batchSize) * epochs;

const last = (values: readonly number[]) => values[values.length - 1];

/** `BP .968, DFA .91–.93`: the last accuracies of all seeds; and their means. */
export function armsOf(measurements: readonly Curves[]): Pick<Summary, 'measured' | 'numbers'> {
  const names = Object.keys(measurements[0]);
  const of = (name: string) => measurements.map((each) => last(each[name]));
  return {
    measured: names.map((name) => `${name} ${rangeText(of(name), fixed(3))}`).join(', '),
    numbers: Object.fromEntries(
      names.flatMap((name) => [
        [name, mean(of(name))],
        [`${name}, least`, extent(of(name))[0]],
      ]),
    ),
  };
}

/** Last accuracies of an arm less those of another, seed by seed. */
export const leadOf = (measurements: readonly Curves[], arm: string, other: string): Interval =>
  pairedDifference(
    measurements.map((each) => last(each[arm])),
    measurements.map((each) => last(each[other])),
  );

/** The last errors of an arm in %, seed by seed. */
export const errorsOf = (measurements: readonly Curves[], arm: string): number[] =>
  measurements.map((each) => 100 * (1 - last(each[arm])));

/** `bp − fa .021 [.012, .030], …`, and the means by name. */
export function leadsText(
  measurements: readonly Curves[],
  pairs: readonly (readonly [arm: string, other: string])[],
): Pick<Summary, 'measured' | 'numbers'> {
  const leads = pairs.map(([arm, other]) => [`${arm} − ${other}`, leadOf(measurements, arm, other)] as const);
  return {
    measured: leads.map(([name, lead]) => `${name} ${intervalText(lead, fixed(3))}`).join(', '),
    numbers: Object.fromEntries(
      leads.flatMap(([name, { mean, low, high }]) => [
        [name, mean] as const,
        // JSON has no infinity.
        ...(Number.isFinite(low) ? [[`${name}, low`, low] as const, [`${name}, high`, high] as const] : []),
      ]),
    ),
  };
}

/** A line for each arm, its mean and spread over seeds, in the colour of the rule that its name begins with. */
export const linesOfArms = <T>(
  measurements: readonly Readonly<Record<string, T>>[],
  curve: (of: T) => Curve,
): Line[] =>
  Object.keys(measurements[0]).map((name) => ({
    name,
    rule: name.split(/[ ,]/)[0].toLowerCase(),
    ...overSeeds(measurements.map((each) => curve(each[name]))),
  }));

/** After epochs 1, 2, … */
export const byEpoch = (values: readonly number[]): Curve => values.map((value, i) => [i + 1, value]);

export const spreadText = (seeds: number): string =>
  seeds === 1 ? 'one seed' : `mean ± s.d. of ${seeds} seeds`;

/** An arm learns that ends at no less than this share of the best arm's accuracy. */
const learning = 0.6;

/** The arms that learn, where others stand so low that these cannot be told apart beside them. */
function closer(lines: readonly Line[]): Panel[] {
  const ends = lines.map(({ points }) => points[points.length - 1][1]);
  const best = Math.max(...ends);
  const near = lines.filter((_, i) => ends[i] >= learning * best);
  if (near.length === lines.length || near.length < 2) return [];
  return [
    { title: 'Those that learn', x: epoch, y: { label: 'their accuracy', format: 'percent' }, lines: near },
  ];
}

const epoch: Axis = { label: 'epoch' };

/** Test accuracy of each arm over epochs, family by family where they are many; and closer, where some learn nothing. */
export const figureOfArms =
  (title: string, subtitle: string, source: string): Experiment<object, Curves>['figure'] =>
  (measurements) => {
    const lines = linesOfArms(measurements, byEpoch);
    const all: Panel = {
      title: 'Test accuracy',
      x: epoch,
      y: { label: 'accuracy', format: 'percent' },
      lines,
    };
    return {
      title,
      subtitle: `${subtitle}; ${spreadText(measurements.length)}`,
      source,
      panels: [...panelsByFamily(all), ...closer(lines)],
    };
  };

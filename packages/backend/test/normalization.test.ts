import fc from 'fast-check';
import { expect, it } from 'vitest';
import { meanOver, normalize, normalizeGradient, normalizeScaleGradient } from '../src/index.js';
import {
  expectClose,
  numbers,
  onEach,
  type Plain,
  plain,
  property,
  seeds,
  small,
  toTensor,
  withoutLeaks,
} from './support.js';

/** The entries of x in groups that differ only along `axes`, and the shape that holds one number a group. */
function groups(shape: readonly number[], axes: readonly number[]) {
  const grouped = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const members: number[][] = [];
  const count = shape.reduce((product, size) => product * size, 1);
  for (let place = 0; place < count; place++) {
    let rest = place;
    let group = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
      if (grouped[axis] > 1) group += index * stride;
      stride *= grouped[axis];
    }
    members[group] ??= [];
    members[group].push(place);
  }
  return { shape: grouped, members };
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Each group's own number, and what each entry becomes by the numbers of its group. */
function normalized(x: Plain, axes: readonly number[], epsilon: number) {
  const { shape, members } = groups(x.shape, axes);
  const result = { x: plain(x.shape), reciprocal: plain(shape), mean: plain(shape), variance: plain(shape) };
  members.forEach((places, group) => {
    const values = places.map((place) => x.values[place]);
    const centre = mean(values);
    const variance = mean(values.map((value) => (value - centre) ** 2));
    const reciprocal = 1 / Math.sqrt(variance + epsilon);
    result.mean.values[group] = centre;
    result.variance.values[group] = variance;
    result.reciprocal.values[group] = reciprocal;
    places.forEach((place, i) => {
      result.x.values[place] = (values[i] - centre) * reciprocal;
    });
  });
  return result;
}

/** For each entry of x the place that it has in a tensor that is one long at `axes`. */
function placesIn(shape: readonly number[], axes: readonly number[]) {
  const places: number[] = [];
  groups(shape, axes).members.forEach((members, group) => {
    for (const place of members) places[place] = group;
  });
  return places;
}

/** γ and β have places of their own either where the statistics are shared, as in a layer, or where not, as in a batch. */
function affineOf({ shape, axes, affine, seed }: Case) {
  if (affine === 'none') return undefined;
  const all = shape.map((_, axis) => axis);
  const sharedAxes = affine === 'batch' ? axes : all.filter((axis) => !axes.includes(axis));
  const own = groups(shape, sharedAxes).shape;
  return {
    sharedAxes,
    gamma: numbers(own, seed + 2),
    beta: numbers(own, seed + 3),
    placeOf: placesIn(shape, sharedAxes),
  };
}

interface Case {
  readonly shape: number[];
  readonly axes: number[];
  readonly affine: 'none' | 'batch' | 'layer';
  readonly seed: number;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    shape: fc.array(small(5, 2), { minLength: 2, maxLength: 4 }),
    pick: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    leading: fc.boolean(),
    affine: fc.constantFrom('none' as const, 'batch' as const, 'layer' as const),
    seed: seeds,
  })
  .map(({ shape, pick, leading, affine, seed }) => {
    const all = shape.map((_, axis) => axis);
    const chosen = leading ? all.slice(0, -1) : all.filter((axis) => pick[axis]);
    return { shape, axes: chosen.length > 0 ? chosen : [shape.length - 1], affine, seed };
  });

onEach(() => {
  it('meanOver keeps one place for each axis that it takes the mean over', () => {
    fc.assert(
      fc.property(cases, ({ shape, axes, seed }) => {
        const x = numbers(shape, seed);
        const grouped = groups(shape, axes);
        const expected = plain(
          grouped.shape,
          grouped.members.map((places) => mean(places.map((place) => x.values[place]))),
        );
        withoutLeaks(() => expectClose(meanOver(toTensor(x), axes), expected));
      }),
      property,
    );
  });

  it('normalize gives γ ⊙ x̂ + β, 1/√(variance + ε), mean and variance', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(1e-3, 0.1), (given, epsilon) => {
        const { shape, axes, seed } = given;
        const x = numbers(shape, seed);
        const expected = normalized(x, axes, epsilon);
        const affine = affineOf(given);
        if (affine) {
          const { gamma, beta, placeOf } = affine;
          placeOf.forEach((group, place) => {
            expected.x.values[place] = expected.x.values[place] * gamma.values[group] + beta.values[group];
          });
        }
        withoutLeaks(() => {
          const inputs = {
            x: toTensor(x),
            gamma: affine && toTensor(affine.gamma),
            beta: affine && toTensor(affine.beta),
          };
          const [y, reciprocal, centre, variance] = normalize(inputs, { axes, epsilon });
          expectClose(y, expected.x);
          expectClose(reciprocal, expected.reciprocal);
          expectClose(centre, expected.mean);
          expectClose(variance, expected.variance);
        });
      }),
      property,
    );
  });

  it('normalize of constant numbers is zero, not NaN', () => {
    const [normal] = normalize(
      { x: toTensor(plain([3, 2], [5, 7, 5, 7, 5, 7])) },
      { axes: [0], epsilon: 1e-3 },
    );
    expect([...normal.dataSync()].map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('normalizeGradient is the derivative of γ ⊙ x̂, mean and variance included', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { shape, axes, seed } = given;
        const epsilon = 0.1;
        const [x, signal] = [numbers(shape, seed), numbers(shape, seed + 1)];
        const { mean: centre, reciprocal } = normalized(x, axes, epsilon);
        const affine = affineOf(given);
        const scaleAt = (place: number) => affine?.gamma.values[affine.placeOf[place]] ?? 1;
        // Σ g·∂x̂ by central differences, in doubles.
        const value = (values: Float64Array) =>
          normalized({ shape, values }, axes, epsilon).x.values.reduce(
            (sum, entry, i) => sum + entry * signal.values[i] * scaleAt(i),
            0,
          );
        const moved = (place: number, by: number) =>
          value(x.values.map((entry, i) => (i === place ? entry + by : entry)));
        const expected = plain(
          shape,
          x.values.map((_, place) => (moved(place, 1e-5) - moved(place, -1e-5)) / 2e-5),
        );
        withoutLeaks(() => {
          const inputs = {
            signal: toTensor(signal),
            x: toTensor(x),
            mean: toTensor(centre),
            reciprocal: toTensor(reciprocal),
            gamma: affine && toTensor(affine.gamma),
          };
          expectClose(normalizeGradient(inputs, { axes }), expected);
        });
      }),
      { ...property, numRuns: 20 },
    );
  });

  it('normalizeScaleGradient is Σ signal ⊙ x̂', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const affine = affineOf(given);
        fc.pre(affine !== undefined);
        const { shape, axes, seed } = given;
        const [x, signal] = [numbers(shape, seed), numbers(shape, seed + 1)];
        const { x: normal, mean: centre, reciprocal } = normalized(x, axes, 0.1);
        const { gamma, placeOf, sharedAxes } = affine as NonNullable<typeof affine>;
        const expected = plain(gamma.shape);
        placeOf.forEach((group, place) => {
          expected.values[group] += signal.values[place] * normal.values[place];
        });
        withoutLeaks(() => {
          const [g, from, mean, r] = [signal, x, centre, reciprocal].map(toTensor);
          const inputs = { signal: g, x: from, mean, reciprocal: r };
          expectClose(normalizeScaleGradient(inputs, { sharedAxes }), expected);
        });
      }),
      property,
    );
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { meanOver, normalize, normalizeGradient } from '../src/index.js';
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

const cases = fc
  .record({
    shape: fc.array(small(5, 2), { minLength: 2, maxLength: 4 }),
    pick: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    leading: fc.boolean(),
    seed: seeds,
  })
  .map(({ shape, pick, leading, seed }) => {
    const all = shape.map((_, axis) => axis);
    const chosen = leading ? all.slice(0, -1) : all.filter((axis) => pick[axis]);
    return { shape, axes: chosen.length > 0 ? chosen : [shape.length - 1], seed };
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

  it('normalize gives x̂, 1/√(variance + ε), mean and variance', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(1e-3, 0.1), ({ shape, axes, seed }, epsilon) => {
        const x = numbers(shape, seed);
        const expected = normalized(x, axes, epsilon);
        withoutLeaks(() => {
          const [normal, reciprocal, centre, variance] = normalize({ x: toTensor(x) }, { axes, epsilon });
          expectClose(normal, expected.x);
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

  it('normalizeGradient is the derivative of x̂, mean and variance included', () => {
    fc.assert(
      fc.property(cases, ({ shape, axes, seed }) => {
        const epsilon = 0.1;
        const [x, signal] = [numbers(shape, seed), numbers(shape, seed + 1)];
        const { x: normal, reciprocal } = normalized(x, axes, epsilon);
        // Σ g·∂x̂ by central differences, in doubles.
        const value = (values: Float64Array) =>
          normalized({ shape, values }, axes, epsilon).x.values.reduce(
            (sum, entry, i) => sum + entry * signal.values[i],
            0,
          );
        const moved = (place: number, by: number) =>
          value(x.values.map((entry, i) => (i === place ? entry + by : entry)));
        const expected = plain(
          shape,
          x.values.map((_, place) => (moved(place, 1e-5) - moved(place, -1e-5)) / 2e-5),
        );
        withoutLeaks(() =>
          expectClose(
            normalizeGradient(
              {
                signal: toTensor(signal),
                normalized: toTensor(normal),
                reciprocal: toTensor(reciprocal),
              },
              { axes },
            ),
            expected,
          ),
        );
      }),
      { ...property, numRuns: 20 },
    );
  });
});

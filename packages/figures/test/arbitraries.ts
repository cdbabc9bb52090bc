import fc from 'fast-check';
import type { Axis, Figure } from '../src/index.js';

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.lorem({ maxCount: 12 }),
  fc.constantFrom('\ud800', '\u0000<&"', '__proto__', 'WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW'),
);

const number = fc.oneof(
  fc.double({ min: -2, max: 2 }),
  fc.integer({ min: -100, max: 20000 }),
  fc.double(),
  fc.constantFrom(0, -0, 1, 0.1, Number.NaN, Number.MAX_VALUE, Number.MIN_VALUE, -1e100, 1e99),
);

const axis = (value: fc.Arbitrary<number>): fc.Arbitrary<Axis> =>
  fc.record(
    {
      label: text,
      range: fc.tuple(value, value),
      scale: fc.constantFrom('linear' as const, 'log' as const),
      format: fc.constantFrom('number' as const, 'percent' as const, 'degrees' as const),
    },
    { requiredKeys: ['label'] },
  );

const line = (value: fc.Arbitrary<number>) =>
  fc.record(
    {
      name: text,
      rule: fc.oneof(fc.constantFrom('bp', 'fa', 'dfa', 'frozen', 'toString'), text),
      points: fc.array(fc.tuple(value, value), { maxLength: 12 }),
      dashed: fc.boolean(),
      band: fc.array(fc.tuple(value, value, value), { maxLength: 6 }),
    },
    { requiredKeys: ['name', 'points'] },
  );

const panel = (value: fc.Arbitrary<number>) =>
  fc.record(
    {
      title: text,
      x: axis(value),
      y: axis(value),
      lines: fc.array(line(value), { maxLength: 8 }),
      references: fc.array(fc.record({ value, label: text }), { maxLength: 4 }),
    },
    { requiredKeys: ['title', 'x', 'y', 'lines'] },
  );

/** Numbers whose labels leave room for those of a bar of colours. */
const short = fc.oneof(
  fc.integer({ min: -2000, max: 2000 }).map((thousandths) => thousandths / 1000),
  fc.integer({ min: -100, max: 20000 }),
  fc.constantFrom(0, -0, Number.NaN, Number.MAX_VALUE, Number.NEGATIVE_INFINITY),
);

const matrixPanel = fc.record(
  {
    title: text,
    rows: text,
    columns: text,
    value: fc.string({ maxLength: 20 }),
    matrix: fc.array(fc.array(short, { maxLength: 12 }), { maxLength: 12 }),
    limit: short,
  },
  { requiredKeys: ['title', 'rows', 'columns', 'value', 'matrix'] },
);

const panels: fc.Arbitrary<Figure['panels']> = fc.oneof(
  fc.array(panel(number), { maxLength: 4 }),
  fc.array(fc.oneof(panel(short), matrixPanel), { maxLength: 4 }),
);

/** Figures of every shape, with numbers and names that no experiment should give. */
export const figures: fc.Arbitrary<Figure> = fc.record(
  { title: text, subtitle: text, source: text, panels },
  { requiredKeys: ['title', 'panels'] },
);

export const widths = fc.integer({ min: 320, max: 1200 });

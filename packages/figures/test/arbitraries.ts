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

const axis: fc.Arbitrary<Axis> = fc.record(
  {
    label: text,
    range: fc.tuple(number, number),
    scale: fc.constantFrom('linear' as const, 'log' as const),
    format: fc.constantFrom('number' as const, 'percent' as const, 'degrees' as const),
  },
  { requiredKeys: ['label'] },
);

const line = fc.record(
  {
    name: text,
    rule: fc.oneof(fc.constantFrom('bp', 'fa', 'dfa', 'frozen', 'toString'), text),
    points: fc.array(fc.tuple(number, number), { maxLength: 12 }),
    dashed: fc.boolean(),
    band: fc.array(fc.tuple(number, number, number), { maxLength: 6 }),
  },
  { requiredKeys: ['name', 'points'] },
);

const panel = fc.record(
  {
    title: text,
    x: axis,
    y: axis,
    lines: fc.array(line, { maxLength: 8 }),
    references: fc.array(fc.record({ value: number, label: text }), { maxLength: 4 }),
  },
  { requiredKeys: ['title', 'x', 'y', 'lines'] },
);

/** Figures of every shape, with numbers and names that no experiment should give. */
export const figures: fc.Arbitrary<Figure> = fc.record(
  { title: text, subtitle: text, source: text, panels: fc.array(panel, { maxLength: 4 }) },
  { requiredKeys: ['title', 'panels'] },
);

export const widths = fc.integer({ min: 320, max: 1200 });

import { createRng } from '@feedalign/core';
import { describe, expect, it } from 'vitest';
import { preActivations } from '../src/theory/committee.js';
import { relu as integrals } from '../src/theory/integrals.js';
import { generalisationError } from '../src/theory/order-parameters.js';
import { reluCorrelation } from '../src/theory/relu-correlation.js';
import { orderParametersOf, teacherAndStudent } from '../src/theory/student.js';
import { correlated, meanOf } from './support.js';

const relu = (a: number) => Math.max(0, a);

describe('ReLU units', () => {
  it('are correlated as sampling says', () => {
    const { covariance: c, rows } = correlated(8, 2, 200_000);
    const { mean, error } = meanOf(rows.map(([a, b]) => relu(a) * relu(b)));
    expect(Math.abs(reluCorrelation(c[0][0], c[1][1], c[0][1]) - mean)).toBeLessThan(4 * error);
    expect(reluCorrelation(2, 2, 2)).toBeCloseTo(1, 12);
    expect(reluCorrelation(2, 2, -2)).toBeCloseTo(0, 12);
    expect(reluCorrelation(0, 2, 0)).toBe(0);
  });

  it('have the generalisation error that examples give', () => {
    const rng = createRng(2);
    const { teacher, student } = teacherAndStudent(rng, 50, 2, [0.7, -1.1, 0.4]);
    const output = (of: typeof student, x: Float32Array) => {
      const a = new Float64Array(of.v.length);
      preActivations(of, x, a);
      return a.reduce((sum, value, k) => sum + of.v[k] * relu(value), 0);
    };
    const { mean, error } = meanOf(
      Array.from({ length: 20_000 }, () => {
        const x = rng.normal(50);
        return (output(student, x) - output(teacher, x)) ** 2 / 2;
      }),
    );
    const errorOf = (of: typeof student) => generalisationError(orderParametersOf(of, teacher), integrals.i2);
    expect(Math.abs(errorOf(student) - mean)).toBeLessThan(4 * error);
    expect(errorOf(teacher)).toBeCloseTo(0, 12);
  });
});

import { createRng } from '@feedalign/core';
import { describe, expect, it } from 'vitest';
import { committee, learnOnline, preActivations, transfers } from '../src/theory/committee.js';
import { erf, linear } from '../src/theory/integrals.js';
import { derivative, generalisationError, integrate } from '../src/theory/order-parameters.js';
import { orderParametersOf, teacherAndStudent } from '../src/theory/student.js';
import { correlated, meanOf } from './support.js';

const { g, derivative: slope } = transfers.erf;
const { i2, i3, i4, j2 } = erf;

describe('the integrals over normal numbers', () => {
  const { covariance: c, rows } = correlated(3, 4, 200_000);
  it.each([
    ['I2', i2(c, 0, 1), ([a, b]: number[]) => g(a) * g(b)],
    ['I2 of one', i2(c, 2, 2), ([, , a]: number[]) => g(a) ** 2],
    ['I3', i3(c, 0, 1, 2), ([a, b, d]: number[]) => slope(a) * b * g(d)],
    ['I3 with equal ends', i3(c, 1, 1, 0), ([a, b]: number[]) => slope(b) * b * g(a)],
    ['I3 with an equal third', i3(c, 1, 3, 1), ([, b, , d]: number[]) => slope(b) * d * g(b)],
    ['I4', i4(c, 0, 1, 2, 3), ([a, b, d, e]: number[]) => slope(a) * slope(b) * g(d) * g(e)],
    ['I4 of equals', i4(c, 1, 1, 1, 2), ([, b, d]: number[]) => slope(b) ** 2 * g(b) * g(d)],
    ['J2', j2(c, 0, 3), ([a, , , b]: number[]) => slope(a) * slope(b)],
    ['J2 of one', j2(c, 1, 1), ([, b]: number[]) => slope(b) ** 2],
  ])('%s is what sampling gives', (_name, closed, value) => {
    const { mean, error } = meanOf(rows.map(value));
    expect(error).toBeLessThan(0.01);
    expect(Math.abs(closed - mean)).toBeLessThan(4 * error + 1e-6);
  });
});

describe('the derivatives of the order parameters', () => {
  it.each([
    ['DFA', 'erf', [0.8, -1.3]],
    ['BP', 'erf', undefined],
    ['DFA', 'linear', [0.8, -1.3]],
    ['BP', 'linear', undefined],
  ] as const)(
    'under %s, of %s units, are what one step of learning changes on average',
    async (_rule, name, feedback) => {
      const rng = createRng(5);
      const n = 40;
      const { teacher, student } = teacherAndStudent(rng, n, 2, [0.4, -0.7]);
      const state = orderParametersOf(student, teacher);
      // The terms of the second order in η hold for large N: x·x/N is 1 only on average. A large rate makes them seen.
      const learningRate = 2;
      const noise = 0.5;
      const integrals = { erf, linear }[name];
      const expected = derivative(state, { learningRate, feedback, integrals, noise: noise ** 2 });
      const samples = { q00: [] as number[], q01: [] as number[], r10: [] as number[], v1: [] as number[] };
      for (let i = 0; i < 20_000; i++) {
        const copy = { ...student, w: student.w.slice(), v: student.v.slice() };
        const options = {
          transfer: transfers[name],
          learningRate,
          until: 1 / n,
          times: [],
          noise,
          see: () => {},
        };
        await learnOnline(copy, teacher, rng.stream('step').stream(i), { ...options, feedback });
        const after = orderParametersOf(copy, teacher);
        samples.q00.push((after.q[0][0] - state.q[0][0]) * n);
        samples.q01.push((after.q[0][1] - state.q[0][1]) * n);
        samples.r10.push((after.r[1][0] - state.r[1][0]) * n);
        samples.v1.push((after.v[1] - state.v[1]) * n);
      }
      const wanted = {
        q00: expected.q[0][0],
        q01: expected.q[0][1],
        r10: expected.r[1][0],
        v1: expected.v[1],
      };
      for (const [name, values] of Object.entries(samples)) {
        const { mean, error } = meanOf(values);
        const ofFiniteSize = name.startsWith('q') ? (3 / n) * Math.abs(mean) : 0;
        expect(Math.abs(mean - wanted[name as 'q00'])).toBeLessThan(4 * error + ofFiniteSize);
      }
    },
  );

  it('a step that is halved leaves the curve where it was', () => {
    const { teacher, student } = teacherAndStudent(createRng(2), 50, 2, [0.5, 0.3]);
    const start = orderParametersOf(student, teacher);
    const errors = (step: number) => {
      const seen: number[] = [];
      const dynamics = { learningRate: 0.5, feedback: [1, -0.5] };
      integrate(start, dynamics, { times: [0, 1.3, 20], step }, (_t, state) =>
        seen.push(generalisationError(state)),
      );
      return seen;
    };
    const [coarse, fine] = [errors(0.2), errors(0.1)];
    expect(fine[0]).toBe(generalisationError(start));
    expect(fine[2]).toBeLessThan(fine[0]);
    for (const [i, value] of coarse.entries()) expect(Math.abs(value - fine[i])).toBeLessThan(1e-6);
  });
});

describe('the generalisation error', () => {
  it('is what examples give, and zero for the teacher itself', () => {
    const rng = createRng(9);
    const { teacher, student } = teacherAndStudent(rng, 60, 3, [0.9, -0.2]);
    const outputs = (of: typeof student, x: Float32Array) => {
      const a = new Float64Array(of.v.length);
      preActivations(of, x, a);
      return a.reduce((sum, value, k) => sum + of.v[k] * g(value), 0);
    };
    const squares = Array.from({ length: 20_000 }, () => {
      const x = rng.normal(60);
      return (outputs(student, x) - outputs(teacher, x)) ** 2 / 2;
    });
    const { mean, error } = meanOf(squares);
    expect(Math.abs(generalisationError(orderParametersOf(student, teacher)) - mean)).toBeLessThan(4 * error);
    expect(generalisationError(orderParametersOf(teacher, teacher))).toBeCloseTo(0, 12);
  });
});

describe('online learning', () => {
  it('is gradient descent on ½(y − ŷ)² under BP: the same as by central differences', async () => {
    const rng = createRng(4);
    const n = 6;
    const student = committee(rng.stream('student'), n, [0.7, -0.4]);
    const teacher = committee(rng.stream('teacher'), n, [1, 1]);
    const x = rng.stream('x').normal(n);
    const loss = (w: Float64Array, v: Float64Array) => {
      const [a, b] = [new Float64Array(2), new Float64Array(2)];
      preActivations({ n, w, v }, x, a);
      preActivations(teacher, x, b);
      const answer = (k: number) => v[k] * transfers.erf.g(a[k]) - teacher.v[k] * transfers.erf.g(b[k]);
      return (answer(0) + answer(1)) ** 2 / 2;
    };
    const start = { n, w: student.w.slice(), v: student.v.slice() };
    await learnOnline(student, teacher, rng.stream('x'), {
      transfer: transfers.erf,
      learningRate: 1,
      until: 1 / n,
      times: [],
      see: () => {},
    });
    const slopeAt = (name: 'w' | 'v', i: number) => {
      const at = (by: number) => {
        const moved = { w: start.w.slice(), v: start.v.slice() };
        moved[name][i] += by;
        return loss(moved.w, moved.v);
      };
      return (at(1e-3) - at(-1e-3)) / 2e-3;
    };
    // Δw = −η ∂ε/∂w, and Δv = −(η/N) ∂ε/∂v.
    for (let i = 0; i < start.w.length; i++)
      expect(student.w[i] - start.w[i]).toBeCloseTo(-slopeAt('w', i), 3);
    for (let i = 0; i < 2; i++) expect(student.v[i] - start.v[i]).toBeCloseTo(-slopeAt('v', i) / n, 3);
    expect(student.w[0]).not.toBe(start.w[0]);
  });
});

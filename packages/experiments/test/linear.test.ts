import { createRng } from '@feedalign/core';
import fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import {
  alignmentMatrices,
  condition,
  covariances,
  gaussianMatrix,
  orthonormalRows,
  stepDeepLinear,
  weightAlignments,
  zeroNet,
} from '../src/theory/deep-linear.js';
import { activations, stepDeep } from '../src/theory/deep-nonlinear.js';
import { conserved, stepLinearPair } from '../src/theory/linear-feedback-alignment.js';

const distance = (a: Matrix, b: Matrix) => Matrix.sub(a, b).norm();
const width = fc.integer({ min: 4, max: 9 });

describe('a deep linear net', () => {
  it('has the alignment matrices that a recursion in the space of errors gives', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), width, width, width, (seed, inputs, first, second) => {
        const rng = createRng(seed);
        const [outputs, rate] = [3, 0.05];
        const x = gaussianMatrix(rng.stream('x'), inputs, 12);
        const y = gaussianMatrix(rng.stream('y'), outputs, 12);
        let net = zeroNet(rng.stream('f'), [inputs, first, second, outputs]);
        const [f1, f2] = net.feedback;
        let [a1, a2, a3] = [
          Matrix.zeros(outputs, inputs),
          Matrix.zeros(outputs, outputs),
          Matrix.zeros(outputs, outputs),
        ];
        for (let step = 0; step < 30; step++) {
          // h_1 = F_1 z_1 with z_1 = A_1 x, h_2 = F_2 z_2 with z_2 = A_2 F_1ᵀ h_1, ŷ = A_3 F_2ᵀ h_2.
          const z1 = a1.mmul(x);
          const z2 = a2.mmul(f1.transpose()).mmul(f1).mmul(z1);
          const error = Matrix.sub(y, a3.mmul(f2.transpose()).mmul(f2).mmul(z2)).mul(rate / 12);
          a1 = Matrix.add(a1, error.mmul(x.transpose()));
          a2 = Matrix.add(a2, error.mmul(z1.transpose()));
          a3 = Matrix.add(a3, error.mmul(z2.transpose()));
          net = stepDeepLinear(net, covariances(x, y), rate);
        }
        const found = alignmentMatrices(net);
        for (const [l, expected] of [a1, a2, a3].entries()) {
          expect(distance(found[l].matrix, expected)).toBeLessThan(1e-8 * (1 + expected.norm()));
          expect(found[l].residual).toBeLessThan(1e-8);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('leaves a residual where the weights did not start from zero', () => {
    const rng = createRng(1);
    const { feedback } = zeroNet(rng, [5, 8, 8, 3]);
    const weights = [gaussianMatrix(rng, 8, 5), gaussianMatrix(rng, 8, 8), gaussianMatrix(rng, 3, 8)];
    for (const { residual } of alignmentMatrices({ weights, feedback }))
      expect(residual).toBeGreaterThan(0.1);
  });

  it('is aligned by one where its weights are products of its feedback', () => {
    const { feedback } = zeroNet(createRng(1), [5, 8, 7, 3]);
    const [f1, f2] = feedback;
    const weights = [f1, f2.mmul(f1.transpose()), Matrix.mul(f2.transpose(), 2)];
    for (const value of weightAlignments({ weights, feedback })) expect(value).toBeCloseTo(1, 12);
  });

  it('orthonormal rows have condition one, a diagonal matrix that of its ends', () => {
    expect(condition(orthonormalRows(createRng(3), 4, 11))).toBeCloseTo(1, 10);
    expect(condition(Matrix.diag([6, 3, 1.5]))).toBeCloseTo(4, 10);
  });
});

describe('linear feedback alignment', () => {
  it('changes BW + WᵀBᵀ − AAᵀ by −η²BEEᵀBᵀ in a step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), width, width, width, (seed, inputs, hidden, outputs) => {
        const rng = createRng(seed);
        const pair = {
          w: gaussianMatrix(rng, outputs, hidden),
          a: gaussianMatrix(rng, hidden, inputs),
          b: gaussianMatrix(rng, hidden, outputs),
        };
        const { pair: next, error } = stepLinearPair(pair, gaussianMatrix(rng, outputs, inputs), 0.1);
        const taught = pair.b.mmul(error).mul(0.1);
        const change = Matrix.sub(conserved(next), conserved(pair));
        expect(Matrix.add(change, taught.mmul(taught.transpose())).norm()).toBeLessThan(1e-9);
        expect(change.norm()).toBeGreaterThan(1e-3);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a deep non-linear net', () => {
  it('steps as the linear one does where its activation is the identity', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), width, width, (seed, inputs, units) => {
        const rng = createRng(seed);
        const x = gaussianMatrix(rng.stream('x'), inputs, 12);
        const y = gaussianMatrix(rng.stream('y'), 3, 12);
        const net = zeroNet(rng.stream('f'), [inputs, units, units, 3]);
        const weights = net.weights.map(({ rows, columns }, l) =>
          gaussianMatrix(rng.stream('w').stream(l), rows, columns),
        );
        const identity = { value: (a: number) => a, derivative: () => 1 };
        const found = stepDeep({ ...net, weights }, identity, { x, y }, 0.05);
        const expected = stepDeepLinear({ ...net, weights }, covariances(x, y), 0.05);
        found.weights.forEach((weight, l) => {
          expect(distance(weight, expected.weights[l])).toBeLessThan(1e-9);
        });
      }),
    );
  });

  it.each(Object.entries(activations))(
    '%s has the derivative that differences have',
    (_, { value, derivative }) => {
      for (const a of [-2, -0.3, 0.1, 1.7]) {
        const difference = (value(a + 1e-6) - value(a - 1e-6)) / 2e-6;
        expect(derivative(value(a))).toBeCloseTo(difference, 6);
      }
    },
  );
});

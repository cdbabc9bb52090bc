import { reluCorrelation } from './relu-correlation.js';

/** Of normal numbers of mean zero. */
type Covariance = readonly (readonly number[])[];

/** Means over normal numbers a, b, c, d, named by their places in the covariance, for a function g. */
export interface Integrals {
  /** ⟨g(a) g(b)⟩ */
  readonly i2: (of: Covariance, a: number, b: number) => number;
  /** ⟨g′(a) b g(c)⟩ */
  readonly i3: (of: Covariance, a: number, b: number, c: number) => number;
  /** ⟨g′(a) g′(b) g(c) g(d)⟩ */
  readonly i4: (of: Covariance, a: number, b: number, c: number, d: number) => number;
  /** ⟨g′(a) g′(b)⟩ */
  readonly j2: (of: Covariance, a: number, b: number) => number;
}

const i2: Integrals['i2'] = (c, a, b) =>
  (2 / Math.PI) * Math.asin(c[a][b] / Math.sqrt((1 + c[a][a]) * (1 + c[b][b])));

function i3(c: Covariance, a: number, b: number, d: number): number {
  const lambda = (1 + c[a][a]) * (1 + c[d][d]) - c[a][d] ** 2;
  const numerator = c[b][d] * (1 + c[a][a]) - c[a][b] * c[a][d];
  return ((2 / Math.PI) * numerator) / ((1 + c[a][a]) * Math.sqrt(lambda));
}

function i4(m: Covariance, a: number, b: number, c: number, d: number): number {
  const [aa, bb, ab] = [1 + m[a][a], 1 + m[b][b], m[a][b]];
  const lambda4 = aa * bb - ab ** 2;
  const along = (x: number, y: number) =>
    -m[b][x] * m[b][y] * aa - m[a][x] * m[a][y] * bb + ab * (m[a][x] * m[b][y] + m[a][y] * m[b][x]);
  const lambda0 = lambda4 * m[c][d] + along(c, d);
  const lambda1 = lambda4 * (1 + m[c][c]) + along(c, c);
  const lambda2 = lambda4 * (1 + m[d][d]) + along(d, d);
  return ((4 / Math.PI ** 2) * Math.asin(lambda0 / Math.sqrt(lambda1 * lambda2))) / Math.sqrt(lambda4);
}

const j2: Integrals['j2'] = (c, a, b) =>
  2 / Math.PI / Math.sqrt(1 + c[a][a] + c[b][b] - c[a][b] ** 2 + c[a][a] * c[b][b]);

/** Of g(a) = erf(a/√2). Source: Saad and Solla 1995. */
export const erf: Integrals = { i2, i3, i4, j2 };

/** Of g(a) = a. */
export const linear: Integrals = {
  i2: (of, a, b) => of[a][b],
  i3: (of, _a, b, c) => of[b][c],
  i4: (of, _a, _b, c, d) => of[c][d],
  j2: () => 1,
};

/** Of ReLU, for its error; there are no published equations of its dynamics. */
export const relu: Pick<Integrals, 'i2'> = {
  i2: (of, a, b) => reluCorrelation(of[a][a], of[b][b], of[a][b]),
};

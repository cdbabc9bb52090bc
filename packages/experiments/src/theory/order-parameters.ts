import { erf, type Integrals } from './integrals.js';

/**
 * What the generalisation error of a soft committee depends on: Q_ik = w_i·w_k/N, R_in = w_i·w̃_n/N, T_nm = w̃_n·w̃_m/N, v
 * and ṽ; and how they move.
 *
 * Source: Refinetti et al. 2021 (arXiv:2011.12428), appendix, after Saad and Solla 1995. Errors are ½⟨(ŷ − y)²⟩ here.
 */
export interface OrderParameters {
  readonly q: readonly (readonly number[])[];
  readonly r: readonly (readonly number[])[];
  readonly t: readonly (readonly number[])[];
  readonly v: readonly number[];
  /** ṽ */
  readonly teacher: readonly number[];
}

/** C = [[Q, R], [Rᵀ, T]]: the covariance of the K pre-activations of the student and the M of the teacher. */
function covariance({ q, r, t }: OrderParameters): number[][] {
  return [
    ...q.map((row, i) => [...row, ...r[i]]),
    ...t.map((row, n) => [...r.map((each) => each[n]), ...row]),
  ];
}

/** s = (−v, +ṽ): y − ŷ = Σ s_j g(λ_j) over the K + M units. */
const signs = ({ v, teacher }: OrderParameters) => [...v.map((each) => -each), ...teacher];

/** ε = ½⟨(ŷ − y)²⟩, of erf units or of those whose ⟨g(a) g(b)⟩ is given. */
export function generalisationError(state: OrderParameters, i2: Integrals['i2'] = erf.i2): number {
  const c = covariance(state);
  const s = signs(state);
  let sum = 0;
  for (let a = 0; a < s.length; a++) for (let b = 0; b < s.length; b++) sum += s[a] * s[b] * i2(c, a, b);
  return sum / 2;
}

export interface Dynamics {
  /** η */
  readonly learningRate: number;
  /** F; BP where it is left out. */
  readonly feedback?: readonly number[];
  /** Of the units' function. Default erf. */
  readonly integrals?: Integrals;
  /** σ², the variance of noise on the teacher's output. Default 0. */
  readonly noise?: number;
}

/** The derivatives of Q, R and v by t = steps/N, for N → ∞. */
export function derivative(
  state: OrderParameters,
  { learningRate: eta, feedback, integrals: { i2, i3, i4, j2 } = erf, noise = 0 }: Dynamics,
) {
  const c = covariance(state);
  const s = signs(state);
  const students = state.v.length;
  const units = s.map((_, j) => j);
  const f = feedback ?? state.v;
  const over = (term: (j: number) => number) => units.reduce((sum, j) => sum + s[j] * term(j), 0);

  const r = state.r.map((row, i) => row.map((_, n) => eta * f[i] * over((j) => i3(c, i, students + n, j))));
  const q = state.q.map((row, i) =>
    row.map((_, k) => {
      const drift = f[i] * over((j) => i3(c, i, k, j)) + f[k] * over((j) => i3(c, k, i, j));
      const spread = over((j) => over((l) => i4(c, i, k, j, l))) + noise * j2(c, i, k);
      return eta * drift + eta ** 2 * f[i] * f[k] * spread;
    }),
  );
  const v = state.v.map((_, i) => eta * over((j) => i2(c, i, j)));
  return { q, r, v };
}

type Change = ReturnType<typeof derivative>;

const moved = (state: OrderParameters, { q, r, v }: Change, by: number): OrderParameters => {
  const matrix = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
    a.map((row, i) => row.map((value, j) => value + by * b[i][j]));
  return {
    ...state,
    q: matrix(state.q, q),
    r: matrix(state.r, r),
    v: state.v.map((value, i) => value + by * v[i]),
  };
};

/** The order parameters over time, by Runge and Kutta's fourth order with steps of `step`; `see` at each of `times`. */
export function integrate(
  start: OrderParameters,
  dynamics: Dynamics,
  { times, step = 0.1 }: { readonly times: readonly number[]; readonly step?: number },
  see: (t: number, state: OrderParameters) => void,
): void {
  let state = start;
  let t = 0;
  for (const time of times) {
    while (t < time - 1e-9) {
      const h = Math.min(step, time - t);
      const k1 = derivative(state, dynamics);
      const k2 = derivative(moved(state, k1, h / 2), dynamics);
      const k3 = derivative(moved(state, k2, h / 2), dynamics);
      const k4 = derivative(moved(state, k3, h), dynamics);
      state = [k1, k2, k3, k4].reduce(
        (sum, k, i) => moved(sum, k, (h / 6) * (i === 1 || i === 2 ? 2 : 1)),
        state,
      );
      t += h;
    }
    see(time, state);
  }
}

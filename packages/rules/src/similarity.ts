import { exampleProducts, product, scaleExamples } from '@feedalign/backend';
import type { Objective, Pass } from '@feedalign/core';
import {
  add,
  div,
  mean,
  mul,
  neg,
  onesLike,
  reshape,
  sqrt,
  square,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** x less its mean over each row, divided by √(length² + soft·columns); and what the way back needs. */
function direction(x: Tensor, soft: number): { unit: Tensor; reciprocal: Tensor } {
  const all = onesLike(x);
  const centred = sub(
    x,
    scaleExamples({ x: all, factors: div(exampleProducts({ a: x, b: all }, {}), width(x)) }, {}),
  );
  const length = sqrt(add(exampleProducts({ a: centred, b: centred }, {}), Math.max(1e-12, soft * width(x))));
  const reciprocal = div(onesLike(length), length);
  return { unit: scaleExamples({ x: centred, factors: reciprocal }, {}), reciprocal };
}

const width = ({ shape }: Tensor) => shape[1] as number;
const similarities = (unit: Tensor) => product({ a: unit, b: unit }, { transposeB: true });
const rowMeans = (x: Tensor, all: Tensor) => div(exampleProducts({ a: x, b: all }, {}), width(x));

/**
 * Features whose mean square lies below this count as none: where all units of an example are silent, its direction is that of
 * the biases alone, and would change as fast as they are small.
 */
const softness = 1e-3;

/**
 * Similarity matching: L = mean over all pairs of (S(z) − S(y))², with S_ij the cosine between examples i and j after each
 * has lost its mean, the length of z being √(‖z‖² + C/1000); z [N, C] features, y [N, K] targets. A pair counts as much as the
 * weights of its examples say, and under a sum of losses the mean counts N times.
 *
 * Source: Nøkland and Eidnes 2019 (arXiv:1901.06656), equation 2, there with the length itself.
 */
export function similarityObjective(
  z: Tensor,
  y: Tensor,
  { targets, weights, share }: Pick<Pass, 'targets' | 'weights' | 'share'>,
): Objective {
  const weighted = (x: Tensor) => (weights ? scaleExamples({ x, factors: weights }, {}) : x);
  const { unit, reciprocal } = direction(z, softness);
  const difference = sub(similarities(unit), similarities(direction(y, 0).unit));
  const examples = Math.max(1, z.shape[0]);
  const column = reshape(weights ?? onesLike(reciprocal), [z.shape[0], 1]);
  const squares = weighted(product({ a: square(difference), b: column }, {}));
  const loss = mul(mean(squares), share);
  // ∂L/∂Ẑ = 4·share/N D Ẑ; then through the length, and the mean.
  const byUnit = mul(weighted(product({ a: difference, b: weighted(unit) }, {})), (4 * share) / examples);
  const along = exampleProducts({ a: byUnit, b: unit }, {});
  const byCentred = scaleExamples(
    { x: sub(byUnit, scaleExamples({ x: unit, factors: along }, {})), factors: reciprocal },
    {},
  );
  const all = onesLike(z);
  const error = add(byCentred, scaleExamples({ x: all, factors: neg(rowMeans(byCentred, all)) }, {}));
  return {
    loss,
    losses: [loss],
    errors: [error],
    predictions: [z],
    targets,
    along: ([change]) => exampleProducts({ a: error, b: reshape(change as Tensor, error.shape) }, {}),
  };
}

import type { AnyExperiment } from './experiment.js';
import { a1, a1g } from './experiments/a1-alignment-matrices.js';
import { a2, a2s } from './experiments/a2-ordinary-differential-equations.js';
import { a3 } from './experiments/a3-align-then-memorise.js';
import { a4 } from './experiments/a4-degeneracy-breaking.js';
import { a5 } from './experiments/a5-relu-feedback-signs.js';
import { a6 } from './experiments/a6-degeneracy-in-networks.js';
import { a7 } from './experiments/a7-order-of-layers.js';
import { a8, a8g } from './experiments/a8-label-corruption.js';
import { a9 } from './experiments/a9-structured-targets.js';
import { a10 } from './experiments/a10-convolutions.js';
import { a11, a11f } from './experiments/a11-two-phases.js';
import { b1, b1e } from './experiments/b1-the-article.js';
import { b2 } from './experiments/b2-conserved-quantity.js';
import { b3 } from './experiments/b3-from-zero.js';
import { b4 } from './experiments/b4-depth.js';
import { b5, b5c } from './experiments/b5-the-zoo.js';
import { b6 } from './experiments/b6-lenet.js';
import { b7, b7c } from './experiments/b7-published-rows.js';
import { b8 } from './experiments/b8-learned-feedback.js';
import { e1 } from './experiments/e1-oracles.js';
import { e2 } from './experiments/e2-variance.js';
import { e3 } from './experiments/e3-memory.js';
import { e4 } from './experiments/e4-groups.js';
import { e5, e5t, e10 } from './experiments/e5-local-mixer.js';
import { e6 } from './experiments/e6-guesses.js';
import { e7 } from './experiments/e7-local-losses.js';
import { e8 } from './experiments/e8-error-in-the-input.js';
import { e9 } from './experiments/e9-forward-forward.js';

/** Every experiment, in the order in which `reproduce all` runs them. */
export const experiments: readonly AnyExperiment[] = [
  a1,
  a1g,
  a2,
  a2s,
  a3,
  a4,
  a5,
  a6,
  a7,
  a8,
  a8g,
  a9,
  a10,
  a11,
  a11f,
  b1,
  b1e,
  b2,
  b3,
  b4,
  b5,
  b5c,
  b6,
  b7,
  b7c,
  b8,
  e1,
  e2,
  e3,
  e4,
  e5,
  e5t,
  e6,
  e7,
  e8,
  e9,
  e10,
];

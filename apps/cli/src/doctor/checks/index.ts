import type { Check } from '../check.js';
import { activationChecks } from './activations.js';
import { batchChecks } from './batch.js';
import { convolutionChecks } from './convolution.js';
import { denseChecks } from './dense.js';
import { exampleChecks } from './examples.js';
import { groupChecks } from './groups.js';
import { lossChecks } from './losses.js';
import { noiseChecks } from './noise.js';
import { normalizationChecks } from './normalization.js';
import { optimizerChecks } from './optimizers.js';
import { poolingChecks } from './pooling.js';
import { shapeChecks } from './shapes.js';

/** What a training step is made of. */
export const checks: readonly Check[] = [
  ...batchChecks,
  ...noiseChecks,
  ...denseChecks,
  ...groupChecks,
  ...exampleChecks,
  ...convolutionChecks,
  ...poolingChecks,
  ...normalizationChecks,
  ...activationChecks,
  ...lossChecks,
  ...shapeChecks,
  ...optimizerChecks,
];

import { activationCases } from './activations.js';
import type { StockCases } from './case.js';
import { convolutionCases } from './convolutions.js';
import { denseCases } from './dense.js';
import { lossCases } from './losses.js';
import { mergeCases } from './merges.js';
import { normalizationCases } from './normalization.js';
import { poolingCases } from './pooling.js';
import { sequenceCases } from './sequences.js';
import { shapeCases } from './shapes.js';

export type { StockCase, StockCases } from './case.js';
export { refusedCases } from './nowhere.js';

/** Every kind of layer and every loss of tfjs-layers 4.22, each in a small model. */
export const stockCases: StockCases = {
  ...denseCases,
  ...convolutionCases,
  ...poolingCases,
  ...sequenceCases,
  ...normalizationCases,
  ...activationCases,
  ...shapeCases,
  ...mergeCases,
  ...lossCases,
};

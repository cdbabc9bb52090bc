/** For packages that read files: the checks of what comes from outside. */

export { refuseUnconnected } from './files/connections.js';
export { withDepthMultipliers } from './files/depth-multiplier.js';
export { isObject, type Json, type JsonObject, requireBounded } from './files/json.js';
export {
  bytesOfWeight,
  type Manifest,
  readManifest,
  requireSpecs,
  type WeightSpec,
} from './files/manifest.js';
export { inCamelCase, requireAffordable, withinBudget } from './tfjs/weight-budget.js';

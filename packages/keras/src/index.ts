export { kerasLayers } from './layers/index.js';
export { loadKerasModel } from './load.js';
export type { KerasSource, LoadOptions } from './source/open.js';
export type { FetchOptions } from './source/remote.js';
export type { Json, JsonObject } from './topology/model.js';
export { normalizeTopology } from './topology/normalize.js';

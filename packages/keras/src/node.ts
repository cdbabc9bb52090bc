import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FeedalignError } from '@feedalign/core';
import { readBeside, readWhole } from '@feedalign/core/files/disk';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { build, loadKerasModel as load } from './load.js';
import type { Place } from './source/file.js';
import { type KerasSource, type LoadOptions, openPlace } from './source/open.js';

/**
 * `loadKerasModel` for Node: it also takes the path of a file, of a folder with a `model.json`, or of an unzipped
 * `.keras` file. Nothing outside of the model's folder is read.
 *
 * @example
 * ```ts
 * import { loadKerasModel } from '@feedalign/keras/node';
 *
 * const model = await loadKerasModel('model.keras');
 * ```
 * @throws FeedalignError as `loadKerasModel`; `bad-data-file` for a file that does not exist
 */
export async function loadKerasModel(source: KerasSource, options: LoadOptions = {}): Promise<LayersModel> {
  const path = pathOf(source);
  if (path === undefined) return load(source, options);
  const place = await onDisk(path);
  return build(await openPlace(place, options), place.name);
}

function pathOf(source: KerasSource): string | undefined {
  if (source instanceof URL) return source.protocol === 'file:' ? fileURLToPath(source) : undefined;
  if (typeof source !== 'string') return undefined;
  if (source.startsWith('file://')) return fileURLToPath(source);
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(source) ? undefined : source;
}

async function onDisk(given: string): Promise<Place> {
  const file = (await isFolder(given)) ? modelIn(given) : given;
  const read: Place['read'] = (path, most) =>
    path === undefined ? readWhole(file, most) : readBeside(file, path, most);
  return { name: file, read };
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

function modelIn(folder: string): string {
  const found = ['model.json', 'config.json'].find((name) => existsSync(join(folder, name)));
  if (found || !existsSync(join(folder, 'saved_model.pb'))) return join(folder, found ?? 'model.json');
  throw new FeedalignError(
    'unsupported-model',
    `'${folder}' is a SavedModel of TensorFlow: its layers are gone, only operations are left.`,
    "Load it in Keras and save it again: model.save('model.keras').",
  );
}

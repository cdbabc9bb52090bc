import type { Group } from 'jsfive';
import { isObject, type JsonObject } from '../topology/model.js';
import { versionOf } from '../topology/normalize.js';
import { badFile, type KerasFile, type Place, wholeModel } from './file.js';
import { datasetsIn, entryOf, withHdf5 } from './hdf5.js';
import { describedIn } from './json.js';
import { unzip } from './zip.js';

const parts = ['config.json', 'metadata.json', 'model.weights.h5'] as const;

/** A `.keras` file: a zip of `config.json`, `metadata.json` and `model.weights.h5`. */
export async function readArchive(name: string, bytes: Uint8Array, most: number): Promise<KerasFile> {
  const { names, files } = unzip(name, bytes, (file) => parts.includes(file as (typeof parts)[number]), most);
  const [config, metadata, weights] = parts.map((part) => files.get(part));
  if (!config) throw withoutConfig(name, names);
  if (!weights) {
    throw badFile(
      `'${name}' has no model.weights.h5 in it, only ${names.join(', ')}.`,
      'Save the model with its weights in one file of HDF5, which is the default.',
    );
  }
  const described = describedIn(`${name} (config.json)`, config);
  return readParts(name, described, metadata && describedIn(`${name} (metadata.json)`, metadata), weights);
}

function withoutConfig(name: string, names: readonly string[]) {
  if (names.some((each) => each.endsWith('.pkl'))) {
    return badFile(
      `'${name}' is a model of PyTorch.`,
      "Rebuild it in Keras, and save that: model.save('model.keras').",
    );
  }
  if (names.some((each) => each.endsWith('.npy'))) {
    return badFile(`'${name}' is a zip of NumPy arrays, and has no model.`, wholeModel);
  }
  return badFile(`'${name}' is a zip, but has no config.json in it.`, wholeModel);
}

/** The same, unzipped: `config.json` and the files beside it. */
export async function readUnzipped(place: Place, config: JsonObject, most: number): Promise<KerasFile> {
  const weights = await place.read('model.weights.h5', most);
  const metadata = await place.read('metadata.json', most).catch(() => undefined);
  const read = metadata && describedIn(`${place.name} (metadata.json)`, metadata);
  return readParts(place.name, config, read, weights);
}

const readParts = (
  name: string,
  config: JsonObject,
  metadata: JsonObject | undefined,
  weights: Uint8Array,
): Promise<KerasFile> => {
  const version = versionOf({ ...config, keras_version: metadata?.keras_version ?? null });
  return withHdf5(`${name} (model.weights.h5)`, weights, (file: Group, guard) => ({
    kind: 'keras',
    topology: config,
    version,
    weights: datasetsIn(file)
      .map(([path, dataset]) => [storePath(path), dataset] as const)
      .filter(([path]) => path.startsWith('layers/'))
      .map(([path, dataset]) => entryOf(guard, path, dataset)),
  }));
};

/** Whether it is what the `config.json` of a `.keras` file has. */
export const isConfig = (json: JsonObject): boolean =>
  typeof json.class_name === 'string' && isObject(json.config) && json.modelTopology === undefined;

/** The paths of all versions in the words of the present one. */
export const storePath = (path: string): string =>
  path
    .split('/')
    .map((part) => (part === '_layer_checkpoint_dependencies' ? 'layers' : part.replace(/^_/, '')))
    .join('/');

import { FeedalignError } from '@feedalign/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import './layers/index.js';
import { makeModel } from './make-model.js';
import { badFile, type KerasFile, type TfjsFile } from './source/file.js';
import { type KerasSource, type LoadOptions, open } from './source/open.js';
import { loadStock } from './stock.js';
import { type ReadTopology, readTopology } from './topology/normalize.js';
import { assignWeights } from './weights/assign.js';
import type { WeightEntry } from './weights/entry.js';
import { withInputWidth } from './weights/input-width.js';

/**
 * Loads a model that Keras 2 or Keras 3 saved, or TensorFlow.js.
 *
 * Formats, told apart by their contents: `.keras`, `.h5`, and `model.json` with its files of weights beside it, as the
 * converter `tensorflowjs` writes them. The model is a plain `LayersModel` with the weights of the file, not compiled.
 * All numbers are float32. A layer that tfjs lacks is one of this package: whoever saves the model with `model.save`
 * and loads it elsewhere imports this package there too.
 *
 * @param source an address, the bytes of a file (`Uint8Array`, `ArrayBuffer`, `File`), a list of all `File`s of a model,
 *   or a handler, as `tf.io` has them
 * @example
 * ```ts
 * import { loadKerasModel } from '@feedalign/keras';
 *
 * const model = await loadKerasModel('https://example.com/model.keras');
 * ```
 * @throws FeedalignError `bad-data-file` when a file is missing, broken, truncated, or no model
 * @throws FeedalignError `unsupported-model` for a GraphModel, a SavedModel, a subclassed model, one without an input shape
 * @throws FeedalignError `unsupported-layer` for a layer that cannot be read, by its name and class
 * @throws FeedalignError `shape-mismatch` when the weights are not those of the layers
 */
export async function loadKerasModel(source: KerasSource, options: LoadOptions = {}): Promise<LayersModel> {
  return build(await open(source, options), nameOf(source));
}

const nameOf = (source: KerasSource): string =>
  typeof source === 'string' || source instanceof URL ? String(source) : 'the file';

export async function build(file: KerasFile | TfjsFile, name: string): Promise<LayersModel> {
  if (file.kind === 'tfjs') return loadStock(file.artifacts, name);
  const { topology, model: spec } = described(file, name);
  const model = makeModel(topology, numbersIn(file.weights), name);
  try {
    assignWeights(model, spec, file.weights, name);
  } catch (cause) {
    model.dispose();
    throw cause instanceof FeedalignError ? cause : broken(name, cause);
  }
  if (file.userDefinedMetadata) model.setUserDefinedMetadata(file.userDefinedMetadata);
  return model;
}

/** Keras' own files are well-formed: whatever trips the reading of another is a fault of the file. */
function described(file: KerasFile, name: string): ReadTopology {
  try {
    return readTopology(withInputWidth(file.topology, file.weights), file.version);
  } catch (cause) {
    if (cause instanceof FeedalignError) throw cause;
    throw broken(name, cause);
  }
}

const broken = (name: string, cause: unknown) =>
  badFile(
    `The description of the model in '${name}' is broken (${(cause as Error).message}).`,
    'Save the model again.',
    cause,
  );

const numbersIn = (weights: readonly WeightEntry[]): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

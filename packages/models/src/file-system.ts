import { basename, dirname, extname, join } from 'node:path';
import { FeedalignError } from '@feedalign/core';
import {
  isObject,
  type JsonObject,
  readManifest,
  refuseUnconnected,
  requireAffordable,
  requireBounded,
  withDepthMultipliers,
} from '@feedalign/core/files';
import { readBeside, readWhole } from '@feedalign/core/files/disk';
import { io } from '@tensorflow/tfjs-core';

import { makeFolders, whyNotWritten, writeWhole } from './write-whole.js';

/** How files may be read. */
export interface FileSystemOptions {
  /** The most bytes that a `model.json` may have, and that its weights may have together. Default 4 GiB. */
  readonly maxBytes?: number;
}

/**
 * Models on disk in Node, without tfjs-node: a handler for tfjs' own `loadLayersModel` and `model.save`.
 *
 * Files may come from anywhere: nothing outside of the model's folder is read, no more than the manifest promises, and a
 * description on which TensorFlow.js would run without end is refused.
 *
 * @param path a `model.json`, or a folder that has or gets one
 * @example
 * ```ts
 * const model = await loadLayersModel(fileSystem('trained/model.json'));
 * await model.save(fileSystem('copy'));
 * ```
 * @throws FeedalignError `bad-data-file` when a file is missing, is no such model, is shorter than it says, or cannot be
 *   written
 * @throws FeedalignError `unsupported-model` for a GraphModel, which has no layers left to convert
 */
export function fileSystem(path: string, { maxBytes = 2 ** 32 }: FileSystemOptions = {}): io.IOHandler {
  const file = extname(path) === '.json' ? path : join(path, 'model.json');
  return { load: () => load(file, maxBytes), save: (artifacts) => save(file, artifacts) };
}

async function load(file: string, maxBytes: number): Promise<io.ModelArtifacts> {
  const model = parse(file, await readWhole(file, maxBytes));
  const { specs, paths, bytes } = readManifest(file, model.weightsManifest);
  if (bytes > maxBytes)
    throw badFile(
      `'${file}' promises ${bytes} bytes of weights, more than the ${maxBytes} that are allowed.`,
      'If it is right, allow more: fileSystem(path, { maxBytes }).',
    );
  const weights: Uint8Array[] = [];
  let left = bytes;
  for (const path of paths) {
    const shard = await readBeside(file, path, Math.max(left, 0) + 2 ** 16);
    weights.push(shard);
    left -= shard.length;
    if (left < 0) break;
  }
  if (left !== 0) {
    throw badFile(
      `The weights of '${file}' should be ${bytes} bytes, but there are ${bytes - left}.`,
      'Copy the model again, with all of its .bin files.',
    );
  }
  const topology = topologyOf(model);
  const numbers = specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  if (specs.length > 0) requireAffordable(file, topology, numbers);
  const weightSpecs = specs as io.WeightsManifestEntry[];
  return {
    ...(model as io.ModelArtifacts),
    modelTopology: withDepthMultipliers(model.modelTopology as JsonObject, specs),
    weightSpecs,
    weightData: joined(weights),
  };
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole.buffer;
}

const badFile = (problem: string, wayOut: string, cause?: unknown) =>
  new FeedalignError('bad-data-file', problem, wayOut, { cause });

const wayOut = 'Give the model.json of a tfjs LayersModel.';

function parse(file: string, bytes: Uint8Array): JsonObject {
  let model: JsonObject | null;
  try {
    model = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw badFile(`'${file}' is not JSON: ${(cause as Error).message}.`, wayOut, cause);
  }
  if (model?.format === 'graph-model') {
    throw new FeedalignError(
      'unsupported-model',
      `'${file}' is a GraphModel: its layers are gone, only operations are left.`,
      'Convert the original model with the output format tfjs_layers_model.',
    );
  }
  const topology = model?.modelTopology;
  if (!model || !isObject(topology))
    throw badFile(`'${file}' has no modelTopology, so it is no model of tfjs.`, wayOut);
  requireBounded(file, topology);
  refuseUnconnected(topologyOf(model));
  return model;
}

const topologyOf = ({ modelTopology }: JsonObject): JsonObject => {
  const { model_config } = modelTopology as JsonObject;
  return isObject(model_config) ? model_config : (modelTopology as JsonObject);
};

async function save(file: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  const { weightData, weightSpecs, ...rest } = artifacts;
  const weightsFile = `${basename(file, '.json')}.weights.bin`;
  await makeFolder(dirname(file));
  const parts = Array.isArray(weightData) ? weightData : [weightData ?? new ArrayBuffer(0)];
  await writeWhole(join(dirname(file), weightsFile), Buffer.concat(parts.map((part) => Buffer.from(part))));
  const weightsManifest = [{ paths: [weightsFile], weights: weightSpecs ?? [] }];
  const modelTopology =
    typeof rest.modelTopology === 'object'
      ? withDepthMultipliers(rest.modelTopology, weightSpecs ?? [])
      : rest.modelTopology;
  await writeWhole(file, JSON.stringify({ ...rest, modelTopology, weightsManifest }));
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (cause) {
    const problem = `The folder '${folder}' cannot be made (${whyNotWritten(cause)}).`;
    throw new FeedalignError('bad-data-file', problem, 'Save elsewhere.', { cause });
  }
}

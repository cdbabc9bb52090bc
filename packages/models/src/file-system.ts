import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { FeedalignError } from '@feedalign/core';
import { io } from '@tensorflow/tfjs-core';
import { withDepthMultipliers } from './depth-multiplier.js';
import { makeFolders, whyNotWritten, writeWhole } from './write-whole.js';

interface ModelJson {
  readonly format?: string;
  readonly modelTopology?: object;
  readonly weightsManifest?: { readonly paths: string[]; readonly weights: io.WeightsManifestEntry[] }[];
}

/**
 * Models on disk in Node, without tfjs-node: a handler for tfjs' own `loadLayersModel` and `model.save`.
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
export function fileSystem(path: string): io.IOHandler {
  const file = extname(path) === '.json' ? path : join(path, 'model.json');
  return { load: () => load(file), save: (artifacts) => save(file, artifacts) };
}

async function load(file: string): Promise<io.ModelArtifacts> {
  const model = parse(file, await read(file));
  const manifest = model.weightsManifest ?? [];
  const weightSpecs = manifest.flatMap((group) => group.weights);
  const shards = await Promise.all(
    manifest.flatMap((group) => group.paths).map((path) => read(join(dirname(file), path))),
  );
  const weightData = Buffer.concat(shards);
  const expected = weightSpecs.reduce((bytes, spec) => bytes + bytesOf(spec), 0);
  if (weightData.length !== expected) {
    throw new FeedalignError(
      'bad-data-file',
      `The weights of '${file}' should be ${expected} bytes, but there are ${weightData.length}.`,
      'Copy the model again, with all of its .bin files.',
    );
  }
  const { buffer, byteOffset } = weightData;
  return {
    ...model,
    modelTopology: model.modelTopology && withDepthMultipliers(model.modelTopology, weightSpecs),
    weightSpecs,
    weightData: buffer.slice(byteOffset, byteOffset + weightData.length) as ArrayBuffer,
  };
}

function parse(file: string, bytes: Buffer): ModelJson {
  let model: ModelJson | null;
  try {
    model = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    const problem = `'${file}' is not JSON: ${(cause as Error).message}.`;
    throw new FeedalignError('bad-data-file', problem, 'Give the model.json of a tfjs LayersModel.', {
      cause,
    });
  }
  if (model?.format === 'graph-model') {
    throw new FeedalignError(
      'unsupported-model',
      `'${file}' is a GraphModel: its layers are gone, only operations are left.`,
      'Convert the original model with the output format tfjs_layers_model.',
    );
  }
  if (model?.modelTopology) return model;
  throw new FeedalignError(
    'bad-data-file',
    `'${file}' has no modelTopology, so it is no model of tfjs.`,
    'Give the model.json of a tfjs LayersModel.',
  );
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: 'does not exist', EISDIR: 'is a folder' };
    const reason = reasons[code ?? ''] ?? `cannot be read (${code})`;
    throw new FeedalignError('bad-data-file', `'${file}' ${reason}.`, 'Check the path.', { cause });
  }
}

const bytesPerNumber: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

function bytesOf({ shape, dtype, quantization }: io.WeightsManifestEntry): number {
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  return count * (bytesPerNumber[quantization?.dtype ?? dtype] ?? 4);
}

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

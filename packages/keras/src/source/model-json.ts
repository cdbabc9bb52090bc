import { FeedalignError } from '@feedalign/core';
import {
  bytesOfWeight,
  type Manifest,
  readManifest,
  requireBounded,
  requireSpecs,
  type WeightSpec,
} from '@feedalign/core/files';
import { io } from '@tensorflow/tfjs-core';
import { isObject, type JsonObject } from '../topology/model.js';
import { isOfTfjs, versionOf } from '../topology/normalize.js';
import type { WeightEntry } from '../weights/entry.js';
import { isConfig, readUnzipped } from './archive.js';
import { badFile, type KerasFile, type Place, requireAllowed, type TfjsFile } from './file.js';
import { foreign } from './foreign.js';
import { describedIn } from './json.js';

/** A `model.json` with its files of weights, as the converter `tensorflowjs` writes them, and tfjs itself. */
export async function readModelJson(
  place: Place,
  bytes: Uint8Array,
  most: number,
): Promise<KerasFile | TfjsFile> {
  const { name } = place;
  const json = describedIn(name, bytes);
  if (isConfig(json)) return readUnzipped(place, json, most);
  const { weightsManifest, ...rest } = json;
  checkFormat(name, json);
  const manifest = readManifest(name, weightsManifest);
  requireAllowed(`'${name}' promises weights of`, manifest.bytes, most);
  place.expect?.(bytes.length + manifest.bytes);
  const shards = await readShards(place, manifest);
  const total = shards.reduce((sum, { length }) => sum + length, 0);
  if (total !== manifest.bytes) {
    for (const [i, shard] of shards.entries()) refuseForeign(manifest.paths[i], shard);
    throw wrongLength(name, manifest.bytes, total);
  }
  return readArtifacts(name, {
    ...(rest as unknown as io.ModelArtifacts),
    weightSpecs: manifest.specs as io.WeightsManifestEntry[],
    weightData: manifest.specs.length > 0 ? join(shards) : undefined,
  });
}

/** So much is read beyond what should be there, to tell what it is instead. */
const SLACK = 2 ** 16;
const AT_ONCE = 8;

/** The files of weights, some at a time, and no further than what the manifest promises. */
async function readShards(place: Place, { paths, bytes }: Manifest): Promise<Uint8Array[]> {
  const shards: Uint8Array[] = [];
  let left = bytes;
  for (let first = 0; first < paths.length && left + SLACK > 0; first += AT_ONCE) {
    const most = Math.max(left, 0) + SLACK;
    const some = await Promise.all(paths.slice(first, first + AT_ONCE).map((path) => place.read(path, most)));
    shards.push(...some);
    left -= some.reduce((sum, { length }) => sum + length, 0);
  }
  return shards;
}

/** What a server or a tool may give in place of a file of weights. */
function refuseForeign(path: string, shard: Uint8Array): void {
  const error = foreign(path, shard);
  if (error && !/\.pb|safetensors|pickle|ONNX/.test(error.problem)) throw error;
}

const wrongLength = (name: string, promised: number, found: number) =>
  badFile(
    `The weights of '${name}' should be ${promised} bytes, but there are ${found}.`,
    'Copy the model again, with all of its .bin files.',
  );

/** What a handler of tfjs loads. */
export function readArtifacts(name: string, artifacts: io.ModelArtifacts): KerasFile | TfjsFile {
  const topology = artifacts.modelTopology as unknown as JsonObject | undefined;
  checkFormat(name, { format: artifacts.format ?? null, modelTopology: topology ?? null });
  requireBounded(name, topology as JsonObject);
  const weights = entries(name, requireSpecs(name, artifacts.weightSpecs ?? []), artifacts.weightData);
  if (isOfTfjs(topology as JsonObject)) return { kind: 'tfjs', artifacts };
  return {
    kind: 'keras',
    topology: topology as JsonObject,
    version: versionOf(topology as JsonObject),
    weights,
    userDefinedMetadata: artifacts.userDefinedMetadata as Record<string, unknown> | undefined,
  };
}

function checkFormat(name: string, { format, modelTopology }: JsonObject): void {
  if (format === 'graph-model' || (isObject(modelTopology) && 'node' in modelTopology)) {
    throw new FeedalignError(
      'unsupported-model',
      `'${name}' is a GraphModel: its layers are gone, only operations are left.`,
      'Give the original .keras or .h5 file, or convert that with tensorflowjs_converter --output_format tfjs_layers_model.',
    );
  }
  if (isObject(modelTopology)) return;
  throw badFile(
    `'${name}' has no modelTopology, so it is no model.`,
    'Give the model.json of a model, a .keras or an .h5 file.',
  );
}

/** The weights of a model, and a check that the bytes are all there. */
function entries(
  name: string,
  specs: readonly WeightSpec[],
  weightData: io.WeightData | undefined,
): WeightEntry[] {
  const parts = weightData === undefined ? [] : [weightData].flat();
  const data = join(parts.map((part) => new Uint8Array(part)));
  let end = 0;
  const ends = specs.map((spec) => {
    end += bytesOfWeight(spec);
    return end;
  });
  if (data.byteLength !== end) throw wrongLength(name, end, data.byteLength);
  return specs.map((spec, i) => ({
    name: spec.name,
    shape: spec.shape,
    read: () => {
      const own = data.slice(ends[i] - bytesOfWeight(spec), ends[i]);
      return io.decodeWeights(own, [spec as io.WeightsManifestEntry])[spec.name];
    },
  }));
}

function join(parts: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  parts.reduce((offset, part) => {
    whole.set(part, offset);
    return offset + part.length;
  }, 0);
  return whole.buffer;
}

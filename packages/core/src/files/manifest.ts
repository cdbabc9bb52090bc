import { FeedalignError } from '../errors.js';
import { isObject, type Json, type JsonObject } from './json.js';

/** A weight as the manifest of a `model.json` describes it. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool' | 'complex64';
  readonly quantization?: { readonly dtype: 'uint8' | 'uint16' | 'float16'; readonly scale?: number };
}

/** What the manifest promises. */
export interface Manifest {
  readonly specs: readonly WeightSpec[];
  /** The files of weights in order, relative to the folder of the `model.json`. */
  readonly paths: readonly string[];
  /** The length of all the files together. */
  readonly bytes: number;
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

/** How many bytes a weight takes in a file. */
export const bytesOfWeight = ({ shape, dtype, quantization }: WeightSpec): number =>
  shape.reduce((product, size) => product * size, bytesPerNumber[quantization?.dtype ?? dtype]);

/**
 * Reads `weightsManifest`, and checks all that somebody may have written into it.
 *
 * @param name the file, for errors
 * @throws FeedalignError `bad-data-file` when an entry lacks its name, shape or type, or a file is not below the folder
 */
export function readManifest(name: string, manifest: Json | undefined): Manifest {
  const groups = listOf(name, manifest ?? [], 'weightsManifest');
  const specs = groups.flatMap((group) => requireSpecs(name, fieldOf(name, group, 'weights')));
  const paths = groups.flatMap((group) => listOf(name, fieldOf(name, group, 'paths'), 'paths'));
  for (const path of paths) requireBelow(name, path);
  const bytes = specs.reduce((sum, spec) => sum + bytesOfWeight(spec), 0);
  return { specs, paths: paths as readonly string[], bytes };
}

const fieldOf = (name: string, group: Json, field: string): Json => {
  if (isObject(group)) return group[field] ?? [];
  throw broken(name, `has ${shown(group)} in its weightsManifest, where { paths, weights } should be`);
};

function listOf(name: string, value: Json, what: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw broken(name, `has no list for ${what}, but ${shown(value)}`);
}

/**
 * The descriptions of some weights, checked.
 *
 * @throws FeedalignError `bad-data-file` when one lacks its name, shape or type
 */
export const requireSpecs = (name: string, specs: unknown): readonly WeightSpec[] =>
  listOf(name, specs as Json, 'its weights').map((spec, i) => requireSpec(name, spec, i));

const isSize = (size: unknown) => Number.isSafeInteger(size) && (size as number) >= 0;

function requireSpec(file: string, spec: Json, i: number): WeightSpec {
  const { name, shape, dtype, quantization } = (isObject(spec) ? spec : {}) as JsonObject;
  if (typeof name !== 'string') throw broken(file, `has no name for weight ${i} of its manifest`);
  const refuse = (problem: string) => broken(file, `has ${problem} for the weight '${name}'`);
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw refuse(shape === undefined ? 'no shape' : `the shape ${shown(shape)}`);
  }
  if (dtype === 'bfloat16') throw halfPrecision(file, name);
  const stored = isObject(quantization) ? quantization.dtype : dtype;
  const types = [dtype, ...(quantization == null ? [] : [stored])];
  const unknown = types.find((type) => typeof type !== 'string' || !Object.hasOwn(bytesPerNumber, type));
  if (dtype === undefined || unknown !== undefined) {
    throw refuse(dtype === undefined ? 'no dtype' : `the dtype ${shown(unknown ?? null)}, which is not read`);
  }
  return spec as unknown as WeightSpec;
}

/** @throws FeedalignError `bad-data-file` when a file of weights is not below the folder of its model. */
function requireBelow(file: string, path: Json): void {
  const isBelow =
    typeof path === 'string' &&
    path !== '' &&
    !/^[\\/]|^[a-z][a-z\d+.-]*:/i.test(path) &&
    !path.split(/[\\/]/).includes('..');
  if (isBelow) return;
  throw new FeedalignError(
    'bad-data-file',
    `'${file}' has its weights at ${shown(path)}, which is not below its folder.`,
    'Put the files of weights beside the model.json, and their names into its weightsManifest.',
  );
}

const halfPrecision = (file: string, weight: string) =>
  new FeedalignError(
    'bad-data-file',
    `'${file}' has the weight '${weight}' in bfloat16, which is not read.`,
    "Save the model in Keras with the dtype policy 'float32'.",
  );

const shown = (value: Json): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

const broken = (file: string, problem: string) =>
  new FeedalignError(
    'bad-data-file',
    `'${file}' ${problem}.`,
    'The file is broken, or was written by hand: convert or save the model again.',
  );

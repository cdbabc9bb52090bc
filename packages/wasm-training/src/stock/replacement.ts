import { FeedalignError } from '@feedalign/core';
import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';

/** Kernels that take the place of tfjs' own, or of none, by name: given what was there before, the new one. */
export type Replacements = (engine: Engine) => Readonly<Record<string, (stock?: KernelFunc) => KernelFunc>>;

/** What each kernel cannot do without, by role: the number of its axes, or any. */
const needs: Readonly<Record<string, Readonly<Record<string, number | 'any'>>>> = {
  BatchMatMul: { a: 'any', b: 'any' },
  _FusedMatMul: { a: 'any', b: 'any' },
  Conv2D: { x: 4, filter: 4 },
  FusedConv2D: { x: 4, filter: 4 },
  Conv2DBackpropInput: { dy: 4, filter: 4 },
  Conv2DBackpropFilter: { x: 4, dy: 4 },
  DepthwiseConv2dNative: { x: 4, filter: 4 },
  FusedDepthwiseConv2D: { x: 4, filter: 4 },
  DepthwiseConv2dNativeBackpropInput: { dy: 4, filter: 4 },
  DepthwiseConv2dNativeBackpropFilter: { x: 4, dy: 4 },
  MaxPool: { x: 4 },
  AvgPool: { x: 4 },
  MaxPool3D: { x: 5 },
  AvgPool3D: { x: 5 },
  MaxPoolGrad: { dy: 4, input: 4 },
  AvgPoolGrad: { dy: 4, input: 4 },
  MaxPool3DGrad: { dy: 5, input: 5 },
  AvgPool3DGrad: { dy: 5, input: 5 },
  Add: { a: 'any', b: 'any' },
  Sub: { a: 'any', b: 'any' },
  Multiply: { a: 'any', b: 'any' },
  RealDiv: { a: 'any', b: 'any' },
  UnsortedSegmentSum: { x: 'any', segmentIds: 'any' },
  GatherV2: { x: 'any', indices: 'any' },
  Prelu: { x: 'any', alpha: 'any' },
};
const needsX = { x: 'any' } as const;

const floats = ['float32'] as const;
const numbers = ['float32', 'int32'] as const;
/** Types that tfjs' kernels know, where they take others for these; by role, or for all. */
const types: Readonly<Record<string, readonly string[] | Readonly<Record<string, readonly string[]>>>> = {
  Tanh: floats,
  Softplus: floats,
  Sqrt: floats,
  Floor: floats,
  Neg: numbers,
  Abs: numbers,
  Sign: numbers,
  Square: numbers,
  Sum: numbers,
  UnsortedSegmentSum: { segmentIds: ['int32'] },
  GatherV2: { indices: ['int32'] },
};
const plain = ['float32', 'int32', 'bool'] as const;
const typesOf = (name: string, role: string): readonly string[] => {
  if (/Conv|MatMul|Pool|Prelu/.test(name)) return floats;
  const own = types[name] ?? plain;
  return Array.isArray(own) ? own : ((own as Record<string, readonly string[]>)[role] ?? plain);
};
/** Kernels that go by the type of one of two. */
const ofOneType: ReadonlySet<string> = new Set(['Add', 'Sub', 'Multiply', 'RealDiv']);

/**
 * What no kernel on wasm can look at is refused before any of it is: tfjs' own go by addresses that are not there, or take
 * whole numbers for floats.
 */
function passDoor(name: string, inputs: NamedTensorInfoMap): void {
  const refuse = (problem: string, wayOut: string): never => {
    throw new FeedalignError('invalid-option', `The kernel '${name}' was given ${problem}.`, wayOut);
  };
  for (const [role, axes] of Object.entries(needs[name] ?? needsX)) {
    const tensor = inputs[role] ?? refuse(`no '${role}'`, 'Give it.');
    if (axes !== 'any' && tensor.shape.length !== axes) {
      refuse(`a '${role}' of shape [${tensor.shape.join(', ')}]`, `It takes ${axes} axes.`);
    }
  }
  for (const role in inputs) {
    const tensor = inputs[role] as Partial<Tensor> | undefined | null;
    if (!tensor) continue;
    if (tensor.isDisposed) refuse(`a '${role}' that is disposed of`, 'Keep it until then.');
    const known = typesOf(name, role);
    if (!known.includes(tensor.dtype as string)) {
      refuse(`a '${role}' of type ${tensor.dtype}`, `Cast it to ${known.join(' or ')}.`);
    }
  }
  const { a, b } = inputs;
  if (ofOneType.has(name) && a?.dtype !== b?.dtype) {
    refuse(`tensors of types ${a?.dtype} and ${b?.dtype}`, 'Cast one of them.');
  }
}

/**
 * A kernel that serves some calls; it returns undefined for those that it does not serve (other types than float32, other
 * data formats, …), which go on to the stock kernel.
 */
export const serving =
  <I = NamedTensorInfoMap, A = NamedAttrMap>(
    name: string,
    serve: (inputs: I, attributes: A) => TensorInfo | undefined,
  ) =>
  (stock?: KernelFunc): KernelFunc =>
  (given) => {
    passDoor(name, given.inputs);
    const result = serve(given.inputs as I, given.attrs as A);
    if (result) return result;
    if (!stock) throw new Error(`Kernel '${name}' on wasm takes float32 and channels last only.`);
    return stock(given);
  };

export const isFloat = (...tensors: (TensorInfo | undefined)[]) =>
  tensors.every((tensor) => !tensor || tensor.dtype === 'float32');

/** @throws FeedalignError `shape-mismatch` for a scalar */
export function requireAxes(kernel: string, role: string, { shape }: TensorInfo): void {
  if (shape.length > 0) return;
  throw new FeedalignError(
    'shape-mismatch',
    `The kernel '${kernel}' was given a scalar '${role}'.`,
    'It takes one axis or more.',
  );
}

/**
 * Refuses a tensor whose numbers are not as many as a kernel would read: tfjs' own kernels go on beyond its end.
 *
 * @param role what it is; nothing is refused where there is none
 * @throws FeedalignError `shape-mismatch`
 */
export function requireShape(
  kernel: string,
  role: string,
  tensor: TensorInfo | undefined | null,
  expected: readonly number[],
): void {
  if (
    !tensor ||
    (tensor.shape.length === expected.length && expected.every((size, i) => size === tensor.shape[i]))
  ) {
    return;
  }
  throw new FeedalignError(
    'shape-mismatch',
    `The kernel '${kernel}' was given a '${role}' of shape [${tensor.shape.join(', ')}].`,
    `It takes [${expected.join(', ')}].`,
  );
}

import type { Scalar } from '@feedalign/core';
import { type TensorInfo, engine as tfjs } from '@tensorflow/tfjs-core';
import type { Engine } from './engine.js';

/** A kernel as tfjs calls it: named inputs and attributes, in; one tensor or several, out. */
// biome-ignore lint/suspicious/noExplicitAny: each kernel knows its own inputs and attributes; tfjs passes them untyped.
export type Kernel = (inputs: any, attributes: any) => TensorInfo | TensorInfo[];

/** Kernels by their names in tfjs' registry. */
export type Kernels = (engine: Engine) => Readonly<Record<string, Kernel>>;

/** `addTo` of a gradient: variable ← keep·variable + scale·gradient. */
export interface Into {
  readonly scale: Scalar;
  readonly keep: Scalar;
}

export const asTensor = (info: TensorInfo) => tfjs().makeTensorFromTensorInfo(info);
export const sizeOf = ({ shape }: { shape: readonly number[] }) =>
  shape.reduce((size, dimension) => size * dimension, 1);

/** Numbers of the last axis, and rows of them. */
export const rowsOf = (x: TensorInfo) => {
  const columns = x.shape.at(-1) ?? 1;
  return { columns, rows: columns === 0 ? 0 : sizeOf(x) / columns };
};

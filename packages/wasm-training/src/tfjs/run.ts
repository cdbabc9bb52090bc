import { type NamedAttrMap, type NamedTensorMap, type Tensor, engine as tfjs } from '@tensorflow/tfjs-core';

/** Runs a kernel of tfjs' registry by its name. Call it in a `tidy`. */
export const run = (name: string, inputs: object, attributes: object = {}): Tensor =>
  tfjs().runKernel(name, inputs as NamedTensorMap, attributes as NamedAttrMap) as Tensor;

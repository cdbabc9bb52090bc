import type { PoolingAttributes } from '@feedalign/backend';
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernel, Kernels } from '../kernel.js';
import { pool, poolGradient, poolingOf2d } from '../pooling.js';

const geometryOf = (
  { shape }: TensorInfo,
  { poolSize, strides, padding }: PoolingAttributes,
  isMax: boolean,
) =>
  poolingOf2d(
    backend_util.computePool2DInfo(
      shape as [number, number, number, number],
      [...poolSize],
      [...strides],
      1,
      padding,
    ),
    isMax,
  );

/** Pooling and its gradients. */
export const poolings: Kernels = (engine) => {
  const forward =
    (isMax: boolean): Kernel =>
    ({ x }: { x: TensorInfo }, attributes: PoolingAttributes) => {
      const geometry = geometryOf(x, attributes, isMax);
      const out = engine.output([...geometry.outShape]);
      pool(engine, geometry, engine.at(x), engine.at(out));
      return out;
    };
  const backward =
    (isMax: boolean): Kernel =>
    ({ signal, x }: { signal: TensorInfo; x: TensorInfo }, attributes: PoolingAttributes) => {
      const out = engine.output(x.shape);
      const geometry = geometryOf(x, attributes, isMax);
      poolGradient(engine, geometry, engine.at(signal), engine.at(x), engine.at(out));
      return out;
    };
  return {
    FeedalignMaxPooling: forward(true),
    FeedalignAveragePool: forward(false),
    FeedalignMaxPoolGradient: backward(true),
    FeedalignAveragePoolGradient: backward(false),
  };
};

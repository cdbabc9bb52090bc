import { wholeWindows, withoutNegativePadding } from '@feedalign/backend';
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { type PoolingGeometry, pool, poolGradient, poolingOf, poolingOf2d } from '../pooling.js';
import { isFloat, type Replacements, requireShape, serving } from './replacement.js';

interface Attributes {
  readonly filterSize: number | [number, number, number];
  readonly strides: number | [number, number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type GeometryOf = (shape: readonly number[], attributes: Attributes, isMax: boolean) => PoolingGeometry;

const in2d: GeometryOf = (shape, { filterSize, strides, pad, dimRoundingMode }, isMax) =>
  poolingOf2d(
    backend_util.computePool2DInfo(
      [...shape] as [number, number, number, number],
      filterSize as unknown as [number, number],
      strides as unknown as [number, number],
      1,
      pad,
      dimRoundingMode,
    ),
    isMax,
  );

const in3d: GeometryOf = (shape, { filterSize, strides, pad, dimRoundingMode }, isMax) =>
  poolingOf(
    withoutNegativePadding(
      backend_util.computePool3DInfo(
        [...shape] as [number, number, number, number, number],
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
      ),
    ),
    isMax,
  );

/** Pooling in two and three dimensions, and its gradients. */
export const poolings: Replacements = (engine) => {
  const forward = (name: string, geometryOf: GeometryOf, isMax: boolean) =>
    serving<{ x: TensorInfo }, Attributes>(name, ({ x }, attributes) => {
      if (!isFloat(x)) return undefined;
      const geometry = geometryOf(x.shape, attributes, isMax);
      wholeWindows(name, x.shape, [attributes.filterSize].flat(), geometry.outShape);
      const out = engine.output([...geometry.outShape]);
      pool(engine, geometry, engine.at(x), engine.at(out));
      return out;
    });
  const backward = (name: string, geometryOf: GeometryOf, isMax: boolean) =>
    serving<{ dy: TensorInfo; input: TensorInfo }, Attributes>(name, ({ dy, input }, attributes) => {
      if (!isFloat(dy, input)) return undefined;
      const geometry = geometryOf(input.shape, attributes, isMax);
      requireShape(name, 'dy', dy, geometry.outShape);
      const out = engine.output(input.shape);
      poolGradient(engine, geometry, engine.at(dy), engine.at(input), engine.at(out));
      return out;
    });
  return {
    MaxPool: forward('MaxPool', in2d, true),
    AvgPool: forward('AvgPool', in2d, false),
    MaxPool3D: forward('MaxPool3D', in3d, true),
    AvgPool3D: forward('AvgPool3D', in3d, false),
    MaxPoolGrad: backward('MaxPoolGrad', in2d, true),
    AvgPoolGrad: backward('AvgPoolGrad', in2d, false),
    MaxPool3DGrad: backward('MaxPool3DGrad', in3d, true),
    AvgPool3DGrad: backward('AvgPool3DGrad', in3d, false),
  };
};

import type { KernelFunc } from '@tensorflow/tfjs-core';
import type { Engine } from './engine.js';
import { convolutions } from './stock/convolution.js';
import { depthwises } from './stock/depthwise.js';
import { elementwise } from './stock/elementwise.js';
import { poolings } from './stock/pooling.js';
import { products } from './stock/product.js';
import { rows } from './stock/rows.js';

/** tfjs' own kernels that are missing on wasm, slow there or wrong, in the form of this package. */
export const replacementsOver = (
  engine: Engine,
): Readonly<Record<string, (stock?: KernelFunc) => KernelFunc>> =>
  Object.assign(
    {},
    ...[products, convolutions, depthwises, poolings, elementwise, rows].map((each) => each(engine)),
  );

import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { activationNumbers, isFast } from './activations.js';
import type { Engine } from './engine.js';
import { matrix, multiply, productOf } from './product.js';

interface StockInputs {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

interface StockAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly activation?: string;
}

type Given = Parameters<KernelFunc>[0];

/**
 * tfjs' own matrix products, which take a plain loop where an operand is transposed, replaced. What ours does not
 * serve (other types than float32, batches that broadcast, other activations) goes on to the kernel that was there.
 */
export const replacements = (
  engine: Engine,
): Readonly<Record<string, (stock: KernelConfig) => KernelFunc>> => ({
  BatchMatMul: (stock) => (given: Given) => {
    const { a, b } = given.inputs as unknown as StockInputs;
    const attributes = given.attrs as unknown as StockAttributes;
    if (!isFloat(a, b) || !sameBatch(a, b)) return stock.kernelFunc(given);
    return a.shape.length === 2
      ? productOf(engine, { a, b }, { transposeA: attributes.transposeA, transposeB: attributes.transposeB })
      : batched(engine, a, b, attributes);
  },

  _FusedMatMul: (stock) => (given: Given) => {
    const { a, b, bias, preluActivationWeights } = given.inputs as unknown as StockInputs;
    const { transposeA, transposeB, activation = 'linear' } = given.attrs as unknown as StockAttributes;
    const simple = a.shape.length <= 3 && [a, b].every((x) => x.shape.length === 2 || x.shape[0] === 1);
    const served = simple && isFloat(a, b) && isFast(activation) && !preluActivationWeights;
    if (!served || (bias && bias.shape.length !== 1)) return stock.kernelFunc(given);
    const flat = (x: TensorInfo) => ({ ...x, dataId: x.dataId, shape: x.shape.slice(-2) });
    const out = productOf(
      engine,
      { a: flat(a), b: flat(b), bias },
      { transposeA, transposeB, activation: activationNumbers[activation as 'relu'] },
    );
    return a.shape.length === 3 ? { ...out, shape: [1, ...out.shape] } : out;
  },
});

const isFloat = (...tensors: TensorInfo[]) => tensors.every(({ dtype }) => dtype === 'float32');
const batchOf = ({ shape }: TensorInfo) => shape.slice(0, -2);
const sameBatch = (a: TensorInfo, b: TensorInfo) => batchOf(a).join() === batchOf(b).join();

/** One product for each matrix of a batch. */
function batched(
  engine: Engine,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: StockAttributes,
): TensorInfo {
  const [aShape, bShape] = [a.shape.slice(-2), b.shape.slice(-2)];
  const rows = aShape[transposeA ? 1 : 0];
  const columns = bShape[transposeB ? 0 : 1];
  const batch = batchOf(a);
  const out = engine.output([...batch, rows, columns]);
  const count = batch.reduce((size, dimension) => size * dimension, 1);
  for (let i = 0; i < count; i++) {
    multiply(
      engine,
      matrix(engine.at(a) + i * aShape[0] * aShape[1] * 4, aShape, transposeA),
      matrix(engine.at(b) + i * bShape[0] * bShape[1] * 4, bShape, transposeB),
      engine.at(out) + i * rows * columns * 4,
      {},
    );
  }
  return out;
}

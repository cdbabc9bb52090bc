import type { TensorInfo } from '@tensorflow/tfjs-core';
import { activationNumbers, isFast } from '../activations.js';
import type { Engine } from '../engine.js';
import { matrix, multiply, productOf } from '../product.js';
import { isFloat, type Replacements, requireShape, serving } from './replacement.js';

interface Inputs {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly activation?: string;
}

/** Matrix products, which in tfjs take a plain loop where an operand is transposed. Batches that broadcast stay there. */
export const products: Replacements = (engine) => ({
  BatchMatMul: serving<Inputs, Attributes>('BatchMatMul', ({ a, b }, { transposeA, transposeB }) => {
    if (!isFloat(a, b) || batchOf(a).join() !== batchOf(b).join()) return undefined;
    return a.shape.length === 2
      ? productOf(engine, { a, b }, { transposeA, transposeB })
      : batched(engine, a, b, { transposeA, transposeB });
  }),

  _FusedMatMul: serving<Inputs, Attributes>(
    '_FusedMatMul',
    ({ a, b, bias, preluActivationWeights }, { transposeA, transposeB, activation = 'linear' }) => {
      requireShape('_FusedMatMul', 'bias', bias, [b.shape.at(transposeB ? -2 : -1) as number]);
      const isSimple = a.shape.length <= 3 && [a, b].every((x) => x.shape.length === 2 || x.shape[0] === 1);
      if (!isSimple || !isFloat(a, b) || !isFast(activation) || preluActivationWeights) return undefined;
      const flat = (x: TensorInfo) => ({ ...x, dataId: x.dataId, shape: x.shape.slice(-2) });
      const attributes = { transposeA, transposeB, activation: activationNumbers[activation] };
      const out = productOf(engine, { a: flat(a), b: flat(b), bias }, attributes);
      return a.shape.length === 3 ? { ...out, shape: [1, ...out.shape] } : out;
    },
  ),
});

const batchOf = ({ shape }: TensorInfo) => shape.slice(0, -2);

/** One product for each matrix of a batch. */
function batched(
  engine: Engine,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: Pick<Attributes, 'transposeA' | 'transposeB'>,
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

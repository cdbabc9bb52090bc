import { backend_util, type TensorInfo, tidy } from '@tensorflow/tfjs-core';
import { activationNumbers } from '../activations.js';
import type { Engine, Finish } from '../engine.js';
import { sizeOf } from '../kernel.js';
import { matrix, matrixShape, multiply, productOf, requireProduct } from '../product.js';
import { sumOverRows } from '../reduction.js';
import { run } from '../tfjs/run.js';
import { finished, type Slow } from './finished.js';
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
    const aShape = matrixShape(a.shape.slice(-2), transposeA ?? false);
    const bShape = matrixShape(b.shape.slice(-2), transposeB ?? false);
    requireProduct(aShape, bShape);
    if (!isFloat(a, b)) return undefined;
    if (batchOf(a).join() !== batchOf(b).join()) {
      return sizeOf(a) === 0 || sizeOf(b) === 0 ? zeros(engine, a, b, [aShape[0], bShape[1]]) : undefined;
    }
    return a.shape.length === 2
      ? productOf(engine, { a, b }, { transposeA, transposeB })
      : batched(engine, a, b, { transposeA, transposeB });
  }),

  _FusedMatMul: serving<Inputs, Attributes>(
    '_FusedMatMul',
    ({ a, b, bias, preluActivationWeights: weights }, { transposeA, transposeB, ...attributes }) => {
      const [aShape, bShape] = [
        matrixShape(a.shape.slice(-2), transposeA ?? false),
        matrixShape(b.shape.slice(-2), transposeB ?? false),
      ];
      requireProduct(aShape, bShape);
      requireShape('_FusedMatMul', 'bias', bias, [bShape[1]]);
      return (
        finished({ ...attributes, weights }, (activation) => {
          const isPlain = batchOf(a).join() === batchOf(b).join();
          // tfjs' own are wrong with a bias and more than one matrix.
          if (!isPlain) return undefined;
          const finish = { bias: bias ? engine.at(bias) : 0, activation: activationNumbers[activation] };
          return batched(engine, a, b, { transposeA, transposeB }, finish);
        }) ?? composed({ a, b, bias, weights }, { transposeA, transposeB, ...attributes })
      );
    },
  ),
});

/** The product, then the bias, then the activation, for batches that broadcast. */
const composed = (
  { a, b, bias, weights }: Omit<Inputs, 'preluActivationWeights'> & { weights?: TensorInfo },
  { transposeA, transposeB, activation = 'linear', leakyreluAlpha }: Attributes & Slow,
): TensorInfo =>
  tidy(() => {
    const product = run('BatchMatMul', { a, b }, { transposeA, transposeB });
    const sum = bias ? run('Add', { a: product, b: bias }) : product;
    if (activation === 'linear') return sum;
    if (activation === 'prelu') return run('Prelu', { x: sum, alpha: weights });
    if (activation === 'leakyrelu') return run('LeakyRelu', { x: sum }, { alpha: leakyreluAlpha });
    return run(`${activation[0].toUpperCase()}${activation.slice(1)}`, { x: sum });
  });

/** What products without numbers make, where tfjs' kernel divides by the count of matrices. */
function zeros(engine: Engine, a: TensorInfo, b: TensorInfo, matrix: readonly number[]): TensorInfo {
  const out = engine.output([...backend_util.assertAndGetBroadcastShape(batchOf(a), batchOf(b)), ...matrix]);
  if (sizeOf(out) > 0) sumOverRows(engine, [0, sizeOf(out)], { x: engine.at(a) }, engine.at(out));
  return out;
}

const batchOf = ({ shape }: TensorInfo) => shape.slice(0, -2);

/** One product for each matrix of a batch. */
function batched(
  engine: Engine,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: Pick<Attributes, 'transposeA' | 'transposeB'>,
  finish: Finish = {},
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
      finish,
    );
  }
  return out;
}

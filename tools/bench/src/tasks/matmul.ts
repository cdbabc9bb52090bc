import { dispose, matMul, randomUniform } from '@tensorflow/tfjs-core';
import type { Form, Product } from '../products.js';
import { caseName } from '../products.js';
import type { Cases } from '../tasks.js';

/** `tf.matMul` of each product in each form; in TN the left operand is stored as its transpose, and so on. */
export function matmul({ products, forms }: { products: readonly Product[]; forms: readonly Form[] }): Cases {
  const cases = products.flatMap((product) =>
    forms.map((form) => {
      const { m, n, k } = product;
      const [transposeA, transposeB] = [form[0] === 'T', form[1] === 'T'];
      const a = randomUniform(transposeA ? [k, m] : [m, k], -1, 1, 'float32', 1);
      const b = randomUniform(transposeB ? [n, k] : [k, n], -1, 1, 'float32', 2);
      return [caseName(product, form), { repeat: () => dispose(matMul(a, b, transposeA, transposeB)) }];
    }),
  );
  return Object.fromEntries(cases);
}

import type { Benchmark, Row } from '../benchmark.js';
import { shareOfPeak, timesFaster } from '../estimates.js';
import { caseName, forms, layer, operations, sizesOf, square } from '../products.js';
import { ours, peak, stock } from '../subjects.js';

const products = [square, layer];

/** The matrix product, on one thread. */
export const matmul: Benchmark = {
  measures: 'tf.matMul, one thread: share of the limit, and against stock',
  plan: (settings) => {
    const timed = products.flatMap((product) =>
      forms.map((form) => ({
        name: `ours.${caseName(product, form)}`,
        title: caseName(product, form),
        operations: operations(product),
      })),
    );
    return {
      subjects: {
        ours: { task: 'matmul', given: { products, forms }, ...ours(settings, 1) },
        stock: { task: 'matmul', given: { products, forms: ['NN'] }, ...stock },
        peak: peak(settings, 1),
      },
      rows: [
        ...timed.map(
          ({ title, ...each }): Row => ({
            row: title,
            unit: 'of peak',
            must: { atLeast: 0.8 },
            estimate: shareOfPeak(each, 'peak', timed),
          }),
        ),
        ...products.map(
          (product): Row => ({
            row: `${sizesOf(product)} against stock`,
            unit: '×',
            // Stock products are further from the limit on AMD's processors.
            must: { atLeast: settings.isAmd ? 1.7 : 1.1 },
            estimate: timesFaster(`stock.${caseName(product, 'NN')}`, `ours.${caseName(product, 'NN')}`),
          }),
        ),
      ],
    };
  },
};

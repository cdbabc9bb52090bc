import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type Appliable, apply, graph, pointwise, type StockCase, type StockCases } from './case.js';

/** Two branches with weights of their own, merged by each of these in turn, and weights behind them. */
const merged = (...merges: readonly (() => Appliable)[]): StockCase =>
  graph([4, 3], (x) => {
    const branch = (from: SymbolicTensor) => apply(pointwise(3), from);
    return apply(
      pointwise(2),
      merges.reduce((y, merge) => apply(merge(), [branch(y), branch(x)]), x),
    );
  });

export const mergeCases: StockCases = {
  'add and average': merged(
    () => layers.add(),
    () => layers.average(),
  ),
  'maximum and minimum': merged(
    () => layers.maximum(),
    () => layers.minimum(),
  ),
  concatenate: merged(
    () => layers.concatenate(),
    () => layers.concatenate({ axis: 1 }),
  ),
  'multiply and dot': graph([4, 3], (x) => {
    const branch = () => apply(pointwise(2), x);
    const flat = (y: SymbolicTensor) => apply(layers.flatten(), y);
    const product = apply(layers.multiply(), [branch(), branch()]);
    const cosine = apply(layers.dot({ axes: -1, normalize: true }), [flat(product), flat(branch())]);
    const products = apply(layers.dot({ axes: 2 }), [product, branch()]);
    return apply(layers.concatenate(), [flat(products), cosine]);
  }),
};

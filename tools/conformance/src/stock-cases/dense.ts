import { layers } from '@tensorflow/tfjs-layers';
import { apply, graph, type StockCases, stack } from './case.js';

type Name = NonNullable<Parameters<typeof layers.dense>[0]['activation']>;

/** Dense layers side by side, one with each of these activations, and one behind them all. */
const dense = (...names: string[]) =>
  graph([7], (x) => {
    const branches = names.map((name) => apply(layers.dense({ units: 4, activation: name as Name }), x));
    return apply(layers.dense({ units: 3 }), apply(layers.concatenate(), branches));
  });

export const denseCases: StockCases = {
  'dense: linear, relu, relu6, elu, selu': dense('linear', 'relu', 'relu6', 'elu', 'selu'),
  'dense: sigmoid, hardSigmoid, tanh, softplus, softsign': dense(
    'sigmoid',
    'hardSigmoid',
    'tanh',
    'softplus',
    'softsign',
  ),
  'dense: swish, mish, gelu, gelu_new, softmax, logSoftmax': dense(
    'swish',
    'mish',
    'gelu',
    'gelu_new',
    'softmax',
    'logSoftmax',
  ),
  'dense over sequences, without bias': stack([4, 5], () => [
    layers.dense({ units: 6, activation: 'tanh', useBias: false }),
    layers.dense({ units: 3, useBias: false }),
  ]),
};

import { layers } from '@tensorflow/tfjs-layers';
import { type StockCases, sizeOf, stack, type Target } from './case.js';

const words: Target = (rng, shape) => rng.uniform(sizeOf(shape), 0, 6).map(Math.floor);

/** tfjs-layers' default, orthogonal, needs tfjs' chained operations, which users of tfjs-core alone don't have. */
const drawn = { recurrentInitializer: 'glorotNormal' } as const;

export const sequenceCases: StockCases = {
  embedding: {
    ...stack([5], () => [layers.embedding({ inputDim: 6, outputDim: 4 }), layers.dense({ units: 2 })]),
    inputs: words,
  },
  simpleRNN: stack([4, 3], () => [
    layers.simpleRNN({ ...drawn, units: 4, returnSequences: true }),
    layers.simpleRNN({ ...drawn, units: 2 }),
  ]),
  gru: stack([4, 3], () => [
    layers.gru({ ...drawn, units: 4, returnSequences: true }),
    layers.gru({ ...drawn, units: 2 }),
  ]),
  lstm: stack([4, 3], () => [
    layers.lstm({ ...drawn, units: 4, returnSequences: true }),
    layers.lstm({ ...drawn, units: 2 }),
  ]),
  'rnn of stacked cells': stack([3, 3], () => [
    layers.rnn({
      cell: [
        layers.simpleRNNCell({ ...drawn, units: 3 }),
        layers.gruCell({ ...drawn, units: 4 }),
        layers.lstmCell({ ...drawn, units: 2 }),
      ] as never,
    }),
  ]),
  convLstm2d: stack([3, 5, 4, 2], () => [
    layers.convLstm2d({ ...drawn, filters: 2, kernelSize: 3, returnSequences: true }),
    layers.convLstm2d({ ...drawn, filters: 2, kernelSize: 2, padding: 'same' }),
  ]),
  bidirectional: stack([4, 3], () => [
    layers.bidirectional({
      layer: layers.gru({ ...drawn, units: 3, returnSequences: true }),
      mergeMode: 'concat',
    }),
    layers.bidirectional({ layer: layers.simpleRNN({ ...drawn, units: 2 }), mergeMode: 'sum' }),
  ]),
  timeDistributed: stack([4, 3], () => [
    layers.masking({ maskValue: 0 }),
    layers.timeDistributed({ layer: layers.dense({ units: 4, activation: 'tanh' }) }),
    layers.timeDistributed({ layer: layers.dense({ units: 2 }) }),
  ]),
};

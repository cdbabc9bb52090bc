import { convert } from '@feedalign/layers';
import { bp, fa } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { alignmentMonitor, correctPredictions } from '../src/index.js';
import { mlp, onCpu } from './support.js';

onCpu();

const data = () => ({
  x: tf.randomNormal([12, 3], 0, 1, 'float32', 1),
  y: tf.randomNormal([12, 2], 0, 1, 'float32', 2),
});
const compiled = (): LayersModel => {
  const model = mlp([3, 5, 2]);
  model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
  return model;
};
const weightsOf = (model: LayersModel) => model.getWeights().map((weight) => weight.dataSync().slice());
// Twelve examples in batches of three: four steps an epoch.
const options = { epochs: 2, batchSize: 3, shuffle: false, verbose: 0 as const };

describe('alignmentMonitor', () => {
  it('measures at the first step of a fit and at every n-th after it', async () => {
    const { x, y } = data();
    const model = compiled();
    const handle = convert(model, fa());
    const monitor = alignmentMonitor(handle, { every: 3 });
    await model.fit(x, y, { ...options, callbacks: monitor });
    expect(monitor.history.map(({ step }) => step)).toEqual([0, 3, 6]);
    for (const { alignment } of monitor.history) {
      expect(alignment.units.map(({ unit }) => unit)).toEqual(handle.network.units.map(({ name }) => name));
      expect(alignment.weightAngle).toBeGreaterThan(0);
      expect(alignment.weightAngle).toBeLessThan(180);
    }
    // The weights moved between the measurements.
    expect(new Set(monitor.history.map(({ alignment }) => alignment.weightAngle)).size).toBe(3);
  });

  it('measures the first step alone by default of a short run, and backpropagation as aligned with itself', async () => {
    const { x, y } = data();
    const model = compiled();
    const monitor = alignmentMonitor(convert(model, bp()));
    await model.fit(x, y, { ...options, callbacks: monitor });
    expect(monitor.history.map(({ step }) => step)).toEqual([0]);
    expect(monitor.history[0].alignment.gradientAlignment).toBeCloseTo(1, 5);
  });

  it('does not change what is learnt, and leaves nothing behind', async () => {
    const { x, y } = data();
    const [plain, watched] = [compiled(), compiled()];
    convert(plain, fa());
    const monitor = alignmentMonitor(convert(watched, fa()), { every: 1 });
    await plain.fit(x, y, options);
    // The first fit makes what a model keeps for good.
    await watched.fit(x, y, { ...options, callbacks: monitor });
    expect(weightsOf(watched)).toEqual(weightsOf(plain));
    expect(monitor.history).toHaveLength(8);
    const before = tf.memory().numTensors;
    await watched.fit(x, y, { ...options, callbacks: monitor });
    expect(tf.memory().numTensors).toBe(before);
    expect(monitor.history).toHaveLength(16);
  });

  it('watches the steps that it measures, and no other', async () => {
    const { x, y } = data();
    const model = compiled();
    const handle = convert(model, fa());
    const watching = new Set<unknown>();
    const watched: typeof handle = Object.create(handle, {
      observe: {
        value: (see: Parameters<typeof handle.observe>[0]) => {
          const stop = handle.observe(see);
          watching.add(see);
          return () => {
            watching.delete(see);
            stop();
          };
        },
      },
    });
    const seen: number[] = [];
    const callbacks = [
      alignmentMonitor(watched, { every: 3 }),
      {
        onBatchBegin: async () => {
          seen.push(watching.size);
        },
      },
    ];
    await model.fit(x, y, { ...options, callbacks });
    expect(seen).toEqual([1, 0, 0, 1, 0, 0, 1, 0]);
    expect(watching.size).toBe(0);
  });

  it('stops watching when the fit is over', async () => {
    const { x, y } = data();
    const model = compiled();
    const monitor = alignmentMonitor(convert(model, fa()), { every: 1 });
    await model.fit(x, y, { ...options, callbacks: monitor });
    const seen = monitor.history.length;
    await model.fit(x, y, options);
    await model.trainOnBatch(x, y);
    expect(monitor.history).toHaveLength(seen);
  });
});

describe('correctPredictions', () => {
  it.each<[string, number[], number[], number]>([
    ['each right', [0.9, 0.1, 0.2, 0.8], [0, 1], 2],
    ['each wrong', [0.9, 0.1, 0.2, 0.8], [1, 0], 0],
    ['the first of equals', [0.5, 0.5, 0.5, 0.5], [0, 1], 1],
    ['negative logits', [-3, -1, -2], [1], 1],
    ['the last class', [1, 2, 3, 3, 2, 1], [2, 0], 2],
    ['NaN everywhere is class 0', [Number.NaN, Number.NaN], [1], 0],
    ['nothing', [], [], 0],
  ])('%s', (_title, predictions, labels, expected) => {
    expect(correctPredictions(predictions, labels)).toBe(expected);
    expect(correctPredictions(Float32Array.from(predictions), Uint8Array.from(labels))).toBe(expected);
  });
});

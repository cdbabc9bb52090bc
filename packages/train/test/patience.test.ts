import { createRng } from '@feedalign/core';
import { blobs } from '@feedalign/datasets';
import { sgd } from '@feedalign/optim';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { evaluate, type TrainOptions } from '../src/index.js';
import { clouds, ofType, on, trained } from './support.js';

on('cpu');

/** Fast enough to overshoot, on clouds of which a network learns the noise before long. */
const optimizer = () => sgd({ learningRate: 1 });
const drawn = blobs({ perClass: 10, dimensions: 4, spread: 1, separation: 0, rng: createRng(3) });
const data = { train: drawn.train, validation: drawn.test };
const run = (options: TrainOptions) => trained({ optimizer: optimizer(), ...options }, 'dfa', data);

describe('patience', () => {
  it('ends the run, with the weights that a run of just the best epochs has', async () => {
    const { events, weights, network } = await run({ epochs: 200, patience: 3 });
    const losses = ofType(events, 'epoch').map(({ validationLoss }) => validationLoss as number);
    const [{ epochs, bestEpoch }] = ofType(events, 'end');
    expect(bestEpoch).toBe(1 + losses.indexOf(Math.min(...losses)));
    expect(epochs).toBe(losses.length);
    expect(epochs).toBe((bestEpoch as number) + 3);
    expect((await evaluate(network, data.validation)).loss).toBe(Math.min(...losses));
    const best = await run({ epochs: bestEpoch });
    expect(weights).toEqual(best.weights);
  });

  it('gives the best weights also when all epochs were run, and frees the others', async () => {
    const before = tf.memory().numTensors;
    const { events, weights } = await run({ epochs: 12, patience: 12 });
    const [{ epochs, bestEpoch }] = ofType(events, 'end');
    expect(epochs).toBe(12);
    expect(bestEpoch).toBeLessThan(12);
    expect(weights).toEqual((await run({ epochs: bestEpoch })).weights);
    // The weights of two networks, and nothing else.
    expect(tf.memory().numTensors - before).toBe(2 * weights.length);
  });

  it('needs validation data, and a whole number', async () => {
    const { train } = clouds();
    await expect(trained({ patience: 2 }, 'bp', { train } as never)).rejects.toThrow(
      'patience is 2, but there is no validation data whose loss it could wait for.',
    );
    await expect(trained({ patience: 0 })).rejects.toThrow('patience is 0.');
  });
});

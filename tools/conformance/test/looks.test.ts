import { createRng, type Pass, parametersOf } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { lossesFor } from '@feedalign/losses';
import { mlp } from '@feedalign/models';
import { sgd } from '@feedalign/optim';
import { dfa } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { type Looks, startSteps } from '@feedalign/step';
import { beforeAll, describe, expect, it } from 'vitest';

/** Steps of a small net, and its weights after them. */
function run(looksOf: (step: number) => Looks<never>): { weights: number[][]; predictions: number[] } {
  const network = trace(mlp([5], { inputShape: [3], classes: 2, seed: 1 }));
  const steps = startSteps(network, dfa(), { rng: createRng(1) });
  const optimizer = sgd({ learningRate: 0.1 });
  const memory = optimizer.init(parametersOf(network));
  const stepper = steps.under({ losses: lossesFor(network, 'categoricalCrossentropy'), optimizer, memory });
  const given = { inputs: [tf.ones([4, 3])], targets: [tf.tensor([1, 0, 0, 1, 1, 0, 0, 1], [4, 2])] };
  const predictions = Array.from({ length: 8 }, (_, step) => {
    const taken = stepper.take(given, looksOf(step) as never);
    tf.dispose([taken.loss, ...taken.losses, ...taken.predictions]);
    return taken.predictions.length;
  });
  const weights = parametersOf(network).map(({ variable }) => [...variable.dataSync()]);
  stepper.dispose();
  return { weights, predictions };
}

describe.each(['cpu', 'wasm'])('who looks at a step, on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  it('changes nothing by it: the same weights, with predictions for whoever wants them', () => {
    const all = run(() => ({}));
    const some = run((step) => ({ predictions: step % 3 !== 0 }));
    const none = run(() => ({ predictions: false }));
    expect(all.predictions).toEqual(Array(8).fill(1));
    expect(some.predictions).toEqual([0, 1, 1, 0, 1, 1, 0, 1]);
    expect(none.predictions).toEqual(Array(8).fill(0));
    for (const { weights } of [some, none]) expect(weights).toEqual(all.weights);
  });

  it('sees each step once, whatever it comes in', () => {
    const seen: string[] = [];
    const [one, other] = ['one', 'other'].map((name) => (_: Pass<never>) => void seen.push(name));
    function* oneByOne() {
      yield one;
      yield other;
    }
    const quiet = run(() => ({}));
    for (const observers of [() => [one, other], () => new Set([one, other]), oneByOne]) {
      seen.length = 0;
      expect(run(() => ({ observers: observers() })).weights).toEqual(quiet.weights);
      expect(seen).toEqual(Array(8).fill(['one', 'other']).flat());
    }
  });
});

import { adam, cosine } from '@feedalign/optim';
import { makeRule } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { armsOf, type Curves, figureOfArms, leadOf, leadsText, stepsOf } from '../training/arms.js';
import { partOf } from '../training/data.js';
import { denseNet } from '../training/dense-net.js';
import { follow } from '../training/follow.js';

interface Settings {
  readonly images: number;
  readonly widths: readonly number[];
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
}

/** Test accuracy after each epoch, by rule. */
type Measurement = Curves;

const local = ['pred', 'sim', 'predsim'];
const arms = ['bp', ...local, 'frozen'];
const source = 'Nøkland and Eidnes 2019 (arXiv:1901.06656); their code, anokland/local-loss';
const settings: Settings = {
  images: 60_000,
  widths: [400, 400],
  learningRate: 1e-3,
  batchSize: 64,
  epochs: 6,
};

export const e7: Experiment<Settings, Measurement> = {
  id: 'E7',
  claim: 'Layers that learn by losses of their own come within a point of backpropagation.',
  source,
  reference:
    'published, 3×1024, 100 epochs, augmented, error in %: BP 8.37, pred 8.60, sim 9.70, predsim 8.54',
  criterion: 'accuracy of pred, sim and predsim ≥ that of BP − .01, in the mean; BP > frozen',
  settings: { quick: settings, full: { ...settings, widths: [1024, 1024, 1024], epochs: 20 } },
  seeds: { quick: 3, full: 3 },

  async run({ images, widths, learningRate, batchSize, epochs }, seed, signal, load) {
    const data = partOf(await load('fashion-mnist'), { seed, images, pooled: false });
    const { inputShape } = data.train;
    const curves: Record<string, readonly number[]> = {};
    for (const rule of arms) {
      const model = denseNet(widths, { activation: 'relu', seed, inputShape, kernels: 'glorot' });
      const course = await follow(model, makeRule(rule), data, {
        optimizer: adam({
          learningRate: cosine(learningRate, { steps: stepsOf(images, batchSize, epochs) }),
        }),
        batchSize,
        epochs,
        seed,
        signal,
      });
      curves[rule] = course.accuracies;
    }
    return curves;
  },

  summary(measurements) {
    const { measured, numbers } = armsOf(measurements);
    const leads = leadsText(
      measurements,
      local.map((name) => ['bp', name] as const),
    );
    return {
      measured: `${measured}; differences and their 95 % intervals: ${leads.measured}`,
      numbers: { ...numbers, ...leads.numbers },
      pass:
        local.every((name) => leadOf(measurements, 'bp', name).mean < 0.01) &&
        leadOf(measurements, 'bp', 'frozen').mean > 0,
    };
  },

  figure: figureOfArms('Losses of their own', 'Fashion-MNIST, two hidden layers of ReLUs, Adam', source),
};

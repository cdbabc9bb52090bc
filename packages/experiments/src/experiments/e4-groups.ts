import type { Experiment } from '../experiment.js';
import { fixed, mean, rangeText } from '../statistics.js';
import { byEpoch, type Curves, errorsOf, linesOfArms, spreadText } from '../training/arms.js';
import { partOf } from '../training/data.js';
import { followMixer, type MixerRun } from '../training/mixers.js';

interface Settings extends MixerRun {
  readonly images: number;
  readonly channels: number;
  readonly groups: readonly number[];
}

/** Test accuracy after each epoch, by the number of groups, and of the frozen body. */
type Measurement = Curves;

const source = 'Ren, Kornblith, Liao and Hinton 2022 (arXiv:2210.03310)';
const settings: Settings = {
  images: 60_000,
  channels: 512,
  groups: [1, 4, 16, 64],
  learningRate: 1e-3,
  batchSize: 128,
  epochs: 4,
};
const nameOf = (groups: number) => `fg-a, ${groups === 1 ? '1 group' : `${groups} groups`}`;
const frozen = 'frozen';

export const e4: Experiment<Settings, Measurement> = {
  id: 'E4',
  claim: 'The more groups a local loss has, the less forward gradients vary, and the better they teach.',
  source,
  reference: 'published MNIST, one block: one group 3.24 % (S/1/1), sixteen 2.55 % (M/1/16), to the end',
  criterion:
    'mean error with 64 groups < with 16 < with 1; with 16 at least 1.5 points below the frozen body',
  settings: { quick: settings, full: { ...settings, epochs: 20 } },
  seeds: { quick: 3, full: 5 },

  async run({ images, channels, groups: all, ...run }, seed, signal, load) {
    const data = partOf(await load('mnist'), { seed, images, pooled: false });
    const curves: Record<string, readonly number[]> = {};
    const measure = async (name: string, groups: number, rule: 'fg-a' | 'frozen') => {
      const size = { channels, groups, patches: 1, blocks: 1 };
      const arm = { rule, isLocal: rule === 'fg-a' };
      curves[name] = (await followMixer(size, arm, data, run, { seed, signal })).accuracies;
    };
    for (const groups of all) await measure(nameOf(groups), groups, 'fg-a');
    await measure(frozen, 16, 'frozen');
    return curves;
  },

  summary(measurements) {
    const arms = Object.keys(measurements[0]);
    const error = (arm: string) => mean(errorsOf(measurements, arm));
    const of = (groups: number) => error(nameOf(groups));
    return {
      measured: `error in %: ${arms.map((arm) => `${arm} ${rangeText(errorsOf(measurements, arm), fixed(2))}`).join(', ')}`,
      numbers: Object.fromEntries(arms.map((arm) => [arm, error(arm)])),
      pass: of(64) < of(16) && of(16) < of(1) && error(frozen) - of(16) >= 1.5,
    };
  },

  figure: (measurements) => ({
    title: 'Groups of local losses',
    subtitle: `MNIST, a local mixer of one block, 512 channels; ${spreadText(measurements.length)}`,
    source,
    panels: [
      {
        title: 'Error at the end',
        x: { label: 'groups', scale: 'log' },
        y: { label: 'test error in %' },
        lines: [
          {
            name: 'fg-a',
            rule: 'fg-a',
            points: Object.keys(measurements[0])
              .filter((arm) => arm !== frozen)
              .map((arm) => [Number(/\d+/.exec(arm)?.[0]), mean(errorsOf(measurements, arm))] as const),
          },
        ],
      },
      {
        title: 'Over epochs',
        x: { label: 'epoch' },
        y: { label: 'test accuracy', format: 'percent' },
        lines: linesOfArms(measurements, byEpoch),
      },
    ],
  }),
};

import { trace } from '@feedalign/layers';
import { type AnyRule, bp, fga, fgw, local } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { fixed } from '../statistics.js';
import { linesOfArms } from '../training/arms.js';
import { denseNet } from '../training/dense-net.js';
import { workingMemory } from '../training/working-memory.js';

interface Settings {
  readonly width: number;
  readonly batch: number;
  readonly depths: readonly number[];
}

/** MiB that a step works in, by depth and arm. */
type Measurement = Readonly<Record<string, readonly (readonly [depth: number, size: number])[]>>;

const source = 'Ren, Kornblith, Liao and Hinton 2022 (arXiv:2210.03310), section 3';
const settings: Settings = { width: 128, batch: 1024, depths: [2, 4, 8, 16, 32] };

const arms: Readonly<Record<string, AnyRule>> = {
  BP: bp(),
  'FG-A': fga(),
  'FG-W': fgw(),
  'LG-FG-A, early': local(fga(), { early: true }),
};
/** What the growth of an arm has to be. */
const bounds: Readonly<Record<string, (growth: number) => boolean>> = {
  BP: (growth) => growth >= 8,
  'FG-W': (growth) => growth <= 1.1,
  'LG-FG-A, early': (growth) => growth <= 1.1,
};

const growthOf = (points: Measurement[string]) => points[points.length - 1][1] / points[0][1];

export const e3: Experiment<Settings, Measurement> = {
  id: 'E3',
  claim:
    'Local losses, with an update of each block, and noise of weights need no more memory for more layers; activity noise alone does.',
  source,
  reference: 'no figures; backpropagation keeps the activations of all layers',
  criterion: 'growth from 2 to 32 layers: BP ≥ 8×, FG-W and LG-FG-A with early updates ≤ 1.1×',
  settings: { quick: settings, full: settings },
  seeds: { quick: 3, full: 3 },

  async run({ width, batch, depths }, seed, signal) {
    const measured: Record<string, (readonly [number, number])[]> = {};
    for (const [name, rule] of Object.entries(arms)) {
      measured[name] = [];
      for (const depth of depths) {
        signal?.throwIfAborted();
        const model = denseNet(Array(depth).fill(width), { activation: 'relu', seed, inputShape: [width] });
        measured[name].push([depth, await workingMemory(trace(model), rule, { batch, seed })]);
        model.dispose();
      }
    }
    return measured;
  },

  summary(measurements) {
    const [first] = measurements;
    const told = Object.entries(first).map(
      ([name, points]) =>
        `${name} ${points[0][1].toFixed(1)} to ${points[points.length - 1][1].toFixed(1)} MiB (${fixed(2)(growthOf(points))}×)`,
    );
    return {
      measured: told.join(', '),
      numbers: Object.fromEntries(Object.entries(first).map(([name, points]) => [name, growthOf(points)])),
      pass: measurements.every((each) =>
        Object.entries(bounds).every(([name, isRight]) => isRight(growthOf(each[name]))),
      ),
    };
  },

  figure: (measurements) => ({
    title: 'Memory against depth',
    subtitle: 'Layers of 128 units, batch 1024: tensors at one time in a step, beside weights and batch',
    source,
    panels: [
      {
        title: 'Working memory',
        x: { label: 'hidden layers', scale: 'log' },
        y: { label: 'MiB', scale: 'log' },
        lines: linesOfArms(measurements, (points) => points),
      },
    ],
  }),
};

import { mlp } from '@feedalign/models';
import { sgd } from '@feedalign/optim';
import { bp, dfa, fa, frozen } from '@feedalign/rules';
import type { Experiment } from '../experiment.js';
import { extent, fixed, mean, overSeeds, rangeText } from '../statistics.js';
import { byEpoch, type Curves, linesOfArms, spreadText } from '../training/arms.js';
import { type Course, follow, type Point } from '../training/follow.js';

interface Settings {
  /** Feedback alignment, feedback U[0, 1), sum of a batch's losses. */
  readonly fa: { readonly learningRate: number; readonly epochs: number };
  /** The other arms: mean of a batch's losses. */
  readonly others: { readonly learningRate: number; readonly epochs: number };
  readonly batchSize: number;
}

interface Measurement {
  readonly fa: Course;
  readonly others: Curves;
}

const settings: Settings = {
  fa: { learningRate: 1e-3, epochs: 10 },
  others: { learningRate: 0.1, epochs: 10 },
  batchSize: 64,
};
const degrees = (cosine: number) => (Math.acos(cosine) * 180) / Math.PI;
/** Between W and B of the two upper layers. */
const angles = ({ weights }: Point) => weights.filter((value) => value !== null).map(degrees);

export const b1: Experiment<Settings, Measurement> = {
  id: 'B1',
  claim: "The article's net learns MNIST by feedback alignment, and its weights turn towards the feedback.",
  source: 'the article that the project began with; feedback alignment after Lillicrap et al. 2016',
  reference:
    'FA .94 published, .942–.957 measured, angle 60–75°; DFA after 10 epochs .87–.96, BP .968, frozen .46–.51',
  criterion: 'FA ≥ .94 in each seed, angle from about 90° to under 80°; mean of DFA ≥ .90 and ≥ frozen + .3',
  changedAfterLook: [
    'FA had five epochs at first, as the reference, and failed (B1E); now ten, as the other arms.',
  ],
  settings: { quick: settings, full: settings },
  seeds: { quick: 3, full: 3 },
  numberNames: {
    leastFa: 'least accuracy, FA',
    startAngle: 'angle of W and B at the start, degrees',
    endAngle: 'angle of W and B at the end, degrees',
    dfa: 'accuracy, DFA',
    bp: 'accuracy, BP',
    frozen: 'accuracy, frozen',
  },

  async run({ fa: ofFa, others, batchSize }, seed, signal, load) {
    const data = await load('mnist');
    const model = () => mlp([112, 16], { inputShape: data.inputShape, classes: data.classes, seed });
    const common = { batchSize, seed, signal };
    const aligned = await follow(model(), fa({ distribution: 'unit-uniform' }), data, {
      ...common,
      optimizer: sgd({ learningRate: ofFa.learningRate }),
      reduction: 'sum',
      epochs: ofFa.epochs,
      alignment: true,
      reportEvery: 100,
    });
    const curve = async (rule: Parameters<typeof follow>[1]) => {
      const optimizer = sgd({ learningRate: others.learningRate });
      return (await follow(model(), rule, data, { ...common, optimizer, epochs: others.epochs })).accuracies;
    };
    return {
      fa: aligned,
      others: { DFA: await curve(dfa()), BP: await curve(bp()), frozen: await curve(frozen()) },
    };
  },

  summary(measurements) {
    const ofFa = measurements.map(({ fa }) => fa.accuracy);
    const [starts, ends] = [0, -1].map((at) =>
      measurements.map(({ fa: { points } }) => mean(angles(points.at(at) as Point))),
    );
    const of = (arm: string) => measurements.map(({ others }) => others[arm].at(-1) ?? 0);
    const [dfa, frozen] = [mean(of('DFA')), mean(of('frozen'))];
    const [least, start, end] = [extent(ofFa)[0], extent(starts)[0], extent(ends)[1]];
    return {
      measured: `FA ${rangeText(ofFa, fixed(3))}, angle ${rangeText(starts, fixed(0))}° to ${rangeText(ends, fixed(0))}°; DFA ${rangeText(of('DFA'), fixed(3))}, BP ${rangeText(of('BP'), fixed(3))}, frozen ${rangeText(of('frozen'), fixed(3))}`,
      numbers: { leastFa: least, startAngle: start, endAngle: end, dfa, bp: mean(of('BP')), frozen },
      pass: least >= 0.94 && start > 80 && end < 80 && dfa >= 0.9 && dfa >= frozen + 0.3,
    };
  },

  figure: (measurements) => ({
    title: "The article's net by feedback alignment",
    subtitle: `784-112-16-10, ReLU; FA with feedback U[0, 1); ${spreadText(measurements.length)}`,
    source: b1.source,
    panels: [
      {
        title: 'Angle between W and B under FA',
        x: { label: 'training step' },
        y: { label: 'angle', format: 'degrees' },
        references: [{ value: 90, label: 'unrelated' }],
        lines: ['hidden layer 2', 'output'].map((name, layer) => ({
          name,
          ...overSeeds(
            measurements.map(({ fa }) =>
              fa.points.map((point) => [point.step, angles(point)[layer]] as const),
            ),
          ),
        })),
      },
      {
        title: 'Test accuracy',
        x: { label: 'epoch' },
        y: { label: 'accuracy', format: 'percent' },
        lines: linesOfArms(
          measurements.map(({ fa, others }) => ({ FA: fa.accuracies, ...others })),
          byEpoch,
        ),
      },
    ],
  }),
};

const five: Settings = { ...settings, fa: { ...settings.fa, epochs: 5 } };

/** Five epochs of FA, as at first: a seed of three ends on either side of the bound. */
export const b1e: Experiment<Settings, Measurement> = {
  ...b1,
  id: 'B1E',
  claim: `${b1.claim} So too in five epochs: the first try.`,
  changedAfterLook: [],
  settings: { quick: five, full: five },
};

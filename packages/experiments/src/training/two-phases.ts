import type { Figure } from '@feedalign/figures';
import { trace } from '@feedalign/layers';
import { sgd } from '@feedalign/optim';
import { type AnyRule, bp, dfa, frozen } from '@feedalign/rules';
import { evaluate, train } from '@feedalign/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Experiment, Summary } from '../experiment.js';
import { type Curve, cosine, fixed, logSpaced, mean, rangeText } from '../statistics.js';
import { linesOfArms, spreadText } from './arms.js';
import { type Load, partOf } from './data.js';
import { denseNet } from './dense-net.js';

export interface TwoPhaseSettings {
  /** By its name in `datasets`. */
  readonly dataset: string;
  readonly images: number;
  readonly pooled: boolean;
  readonly widths: readonly number[];
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Nets under one F. */
  readonly inits: number;
  /** Steps that are looked at, at equal ratios. */
  readonly looks: number;
}

/** What one step looks like; means over nets. */
interface Look {
  readonly epoch: number;
  /** Share of wrong predictions since the look before, each before its update. */
  readonly error: number;
  readonly weightAlignment: number | null;
  readonly gradientAlignment: number | null;
  /** Mean cosine of the flattened weights of pairs of nets. */
  readonly cosine: number | null;
}

/** By arm: what the course looked like, and the mean test accuracy at its end. */
export type TwoPhases = Readonly<
  Record<string, { readonly looks: readonly Look[]; readonly accuracy: number }>
>;

const activations = ['tanh', 'relu'] as const;
const rules: Readonly<Record<string, (seed: number) => AnyRule>> = {
  DFA: (seed) => dfa({ distribution: 'normal', seed }),
  BP: () => bp(),
  frozen: () => frozen(),
};

const pairs = <T>(all: readonly T[]) => all.flatMap((a, i) => all.slice(i + 1).map((b) => [a, b] as const));
const orNull = (values: readonly (number | null)[]) => {
  const known = values.filter((value): value is number => value !== null);
  return known.length > 0 ? mean(known) : null;
};

/** Nets from several starts under one F, for each rule and activation, looked at on a logarithmic scale of time. */
export async function twoPhases(
  settings: TwoPhaseSettings,
  seed: number,
  signal: AbortSignal,
  load: Load,
): Promise<TwoPhases> {
  const { dataset, images, pooled, widths, inits } = settings;
  const data = partOf(await load(dataset), { seed, images, pooled });
  const measured: Record<string, TwoPhases[string]> = {};
  for (const [name, rule] of Object.entries(rules)) {
    for (const activation of activations) {
      const courses: Awaited<ReturnType<typeof course>>[] = [];
      for (let init = 0; init < (name === 'frozen' ? 1 : inits); init++) {
        const { inputShape } = data.train;
        const model = denseNet(widths, { inputShape, activation, seed: seed * inits + init });
        try {
          courses.push(await course(model, rule(seed), data, { ...settings, seed, signal }));
        } finally {
          model.dispose();
        }
      }
      measured[`${name} ${activation}`] = {
        looks: courses[0].looks.map(({ epoch }, at) => ({
          epoch,
          error: mean(courses.map(({ looks }) => looks[at].error)),
          weightAlignment: orNull(courses.map(({ looks }) => looks[at].weightAlignment)),
          gradientAlignment: orNull(courses.map(({ looks }) => looks[at].gradientAlignment)),
          cosine: orNull(pairs(courses.map(({ looks }) => looks[at].weights)).map(([a, b]) => cosine(a, b))),
        })),
        accuracy: mean(courses.map(({ accuracy }) => accuracy)),
      };
    }
  }
  return measured;
}

async function course(
  model: LayersModel,
  rule: AnyRule,
  data: ReturnType<typeof partOf>,
  options: TwoPhaseSettings & { readonly seed: number; readonly signal: AbortSignal },
) {
  const { learningRate, batchSize, epochs, looks: count, seed, signal } = options;
  const network = trace(model);
  const steps = Math.ceil(data.train.count / batchSize) * epochs;
  const due = new Set(logSpaced(1, steps, count).map(Math.round));
  const looks = [];
  const training = {
    optimizer: sgd({ learningRate }),
    reduction: 'sum',
    batchSize,
    epochs,
    seed,
    signal,
    alignment: rule.name === 'dfa',
    reportEvery: (step: number) => due.has(step),
  } as const;
  for await (const event of train(network, rule, { train: data.train }, training)) {
    if (event.type !== 'step' || !due.has(event.step)) continue;
    const { step, accuracy, alignment } = event;
    looks.push({
      epoch: (step / steps) * epochs,
      error: 1 - accuracy,
      weightAlignment: alignment?.weightAlignment ?? null,
      gradientAlignment: alignment?.gradientAlignment ?? null,
      weights: Float32Array.from(model.getWeights().flatMap((each) => [...each.dataSync()])),
    });
  }
  return { looks, accuracy: (await evaluate(network, data.test)).accuracy };
}

/** The inequalities: pairs of nets near under DFA, unrelated under backpropagation. */
export function summaryOfTwoPhases(measurements: readonly TwoPhases[]): Summary {
  const cosineOf = (arm: string) => mean(measurements.map((each) => each[arm].looks.at(-1)?.cosine ?? 0));
  const accuraciesOf = (arm: string) => measurements.map((each) => each[arm].accuracy);
  const compared = Object.keys(measurements[0]).filter((arm) => !arm.startsWith('frozen'));
  const cosines = Object.fromEntries(compared.map((arm) => [arm, cosineOf(arm)]));
  const accuracies = Object.keys(measurements[0]).map(
    (arm) => `${arm} ${rangeText(accuraciesOf(arm), fixed(3))}`,
  );
  return {
    measured: `cosine ${compared.map((arm) => `${arm} ${fixed(3)(cosines[arm])}`).join(', ')}; accuracy ${accuracies.join(', ')}`,
    numbers: cosines,
    pass: activations.every((each) => cosines[`DFA ${each}`] > 0.3 && Math.abs(cosines[`BP ${each}`]) < 0.05),
  };
}

/** Error, alignment of weights and of gradients, and cosine between runs, over epochs on a logarithmic axis. */
export function figureOfTwoPhases(
  title: string,
  data: string,
  source: string,
): Experiment<TwoPhaseSettings, TwoPhases>['figure'] {
  const x = { label: 'epoch', scale: 'log' } as const;
  const curveOf =
    (value: (look: Look) => number | null) =>
    ({ looks }: TwoPhases[string]): Curve =>
      looks.map((look) => [look.epoch, value(look) ?? Number.NaN]);
  return (measurements): Figure => {
    const panel = (title: string, label: string, value: (look: Look) => number | null, rules: RegExp) => ({
      title,
      x,
      y: { label },
      lines: linesOfArms(measurements, curveOf(value)).filter(({ name }) => rules.test(name)),
    });
    return {
      title,
      subtitle: `${data}, nets from several starts under one F; ${spreadText(measurements.length)}`,
      source,
      panels: [
        panel('Training error', 'share wrong since the look before', ({ error }) => error, /./),
        panel('Weight alignment', 'cos(W, FᵀF)', ({ weightAlignment }) => weightAlignment, /^DFA/),
        panel('Gradient alignment', 'mean cosine of δ', ({ gradientAlignment }) => gradientAlignment, /^DFA/),
        panel('Between runs', 'mean cosine of flattened weights', ({ cosine }) => cosine, /^(DFA|BP)/),
      ],
    };
  };
}

import { meanOver, noise } from '@feedalign/backend';
import {
  disposeTree,
  FeedalignError,
  type FeedbackRule,
  type Gradient,
  type Network,
  type Parameter,
  type Rng,
  type Route,
  type Unit,
} from '@feedalign/core';
import { add, div, mul, sigmoid, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type FeedbackOptions, learnedKernelOptions } from './feedback-options.js';
import { heldFeedback, kernelFeedback } from './kernel-feedback.js';
import { asVariables, outlineOfVariables } from './learned-feedback.js';
import { above0, atLeast0, checkOptions, type OptionsSchema, oneOf, wholeFrom, yesOrNo } from './options.js';

export interface WeightMirrorOptions extends Omit<FeedbackOptions, 'store'> {
  /** η_m: how much of B each mirror phase renews. Default 0.02. */
  readonly rate?: number;
  /** λ_m: how much of what is renewed goes before; B settles at W/λ_m where f′ is 1. Default 1. */
  readonly decay?: number;
  /** How the noise is drawn, of mean 0: 'normal' (default), or 'uniform' on ±√3 σ. */
  readonly noise?: keyof typeof noises;
  /** σ: standard deviation of the noise. Default 1. */
  readonly deviation?: number;
  /** Whether ȳ, the mean of what a layer answers, is taken off. Default true. */
  readonly centred?: boolean;
  /** Examples of noise in a phase, the places of a feature map counted as examples. Default 128. */
  readonly batch?: number;
  /** What an output answers with: its 'logits' (default), since its activation is the loss's business, or their 'sigmoid'. */
  readonly outputs?: keyof typeof outputAnswers;
  /** Training steps from one mirror phase to the next. Default 1. */
  readonly every?: number;
  /** Mirror phases before training. Default 200. */
  readonly phases?: number;
}

/** Noise of mean 0 and standard deviation 1, by name. */
const noises = {
  normal: (rng: Rng, shape: readonly number[]): Tensor => noise(rng, shape, 'normal'),
  uniform: (rng: Rng, shape: readonly number[]): Tensor =>
    mul(sub(noise(rng, shape, 'uniform'), 0.5), Math.sqrt(12)),
} as const;

const outputAnswers = {
  logits: (answers: Tensor): Tensor => answers,
  sigmoid: (answers: Tensor): Tensor => sigmoid(answers),
} as const;

export const mirrorOptions: OptionsSchema<WeightMirrorOptions> = {
  ...learnedKernelOptions,
  rate: above0,
  decay: atLeast0,
  noise: oneOf(Object.keys(noises)),
  deviation: above0,
  centred: yesOrNo,
  outputs: oneOf(Object.keys(outputAnswers)),
  batch: wholeFrom(2),
  every: wholeFrom(1),
  phases: wholeFrom(0),
};

/**
 * The weight mirror: δ_l = (δ_{l+1} B_{l+1}ᵀ) ⊙ f′(a_l) as in feedback alignment, where B learns W from noise. In a
 * mirror phase each layer with a B gets noise x of its own, answers y = f(xW + b), and
 * B ← (1 − η_m λ_m) B + η_m xᵀ(y − ȳ)/(M σ²).
 * The mean of xᵀy/(M σ²) over such noise is W ⊙ f′, so B turns towards W. Nothing of W is read but what the layer
 * answers.
 *
 * Shapes: x [M, …in], of mean 0 and variance σ²; y [M, …out]; xᵀy stands for the layer's own gradient by its kernel, with x as what it
 * took and y as its δ, so that a convolution correlates at every place; M counts the places. ȳ is the mean of y over M.
 * Weights that often lie in the padding of a small feature map are seen less often, and B has them smaller.
 *
 * Source: Akrout, Wilson, Humphreys, Lillicrap and Tweed, 'Deep learning without weight transport', NeurIPS 2019,
 * equation 7. There the sum over M is not divided, and η_m carries its size; here B settles at W ⊙ f′/λ_m whatever M
 * and σ are, and ȳ, which adds nothing but variance, is taken off. The authors' code for MNIST (makrout,
 * Deep-Learning-without-Weight-Transport) has uniform noise of ±0.05, keeps ȳ, lets nothing go and learns by 0.01 of the
 * sum; it mirrors after every step, and before training for as many phases as an epoch has batches: `{ noise: 'uniform',
 * deviation: 0.05 / Math.sqrt(3), centred: false, outputs: 'sigmoid', decay: 0,
 * rate: 0.01 * 128 * 0.05 ** 2 / 3, phases: 468 }`.
 *
 * @example
 * ```ts
 * convert(model, weightMirror({ every: 4 }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be
 */
export function weightMirror(options: WeightMirrorOptions = {}): FeedbackRule<Record<string, Tensor>> {
  checkOptions("The rule 'wm'", mirrorOptions, options);
  const { rate = 0.02, decay = 1, batch = 128, every = 1, phases = 200, ...others } = options;
  const { noise = 'normal', deviation = 1, centred = true, outputs = 'logits', ...drawing } = others;
  const settings = { rate, decay, noise, deviation, centred, outputs, batch, every, phases };
  if (rate * decay > 1) {
    throw new FeedalignError(
      'invalid-option',
      `The rule 'wm' cannot take rate: ${rate} with decay: ${decay}.`,
      'Give a rate above 0, so that rate times decay is at most 1.',
    );
  }
  const begins = kernelFeedback('wm', { ...drawing, store: 'tensor' }, 'xavier-uniform');
  const feedback = heldFeedback<Tensor>('wm');
  const route: Route<Record<string, Tensor>> = { kernelOf: feedback.of };

  const isMirrored = (step: number) => (step + 1) % every === 0;
  /** B after one phase. */
  const mirrored = (unit: Unit, feedback: Tensor, rng: Rng): Tensor =>
    tidy(() => add(mul(feedback, 1 - rate * decay), mul(correlation(unit, settings, rng), rate)));
  const phase = (network: Network, state: Record<string, Tensor>, rng: Rng) =>
    Object.fromEntries(
      Object.entries(state).map(([name, feedback]) => {
        const unit = network.units.find((each) => each.name === name) as Unit;
        return [name, mirrored(unit, feedback, rng.stream(unit.index))];
      }),
    );

  return {
    name: 'wm',
    pure: true,
    options: { ...begins.options, ...settings },
    savesState: true,
    init: (network, rng, teaches) => {
      let state = begins.init(network, rng, teaches) as Record<string, Tensor>;
      for (let i = 0; i < phases; i++) {
        const next = phase(network, state, rng.stream('mirror').stream(i));
        disposeTree(state);
        state = next;
      }
      const learned = asVariables(state);
      disposeTree(state);
      return learned;
    },
    outline: (network, teaches) => outlineOfVariables(begins.outline(network, teaches)),
    signal: (unit, pass) => pass.fromAbove(unit, route),
    alignmentTarget: (unit, pass) => feedback.find(unit, pass) ?? null,
    phase: (step) => (isMirrored(step) ? 'mirrors' : 'rests'),
    learn: ({ network, state, step, rng }) =>
      isMirrored(step) ? phase(network, state, rng.stream('mirror')) : state,
  };
}

type Probe = Required<Pick<WeightMirrorOptions, 'noise' | 'deviation' | 'centred' | 'outputs' | 'batch'>>;

/** An estimate of W ⊙ f′ from one batch of noise. */
function correlation(
  { head, kernel, isOutput }: Unit,
  { noise, deviation, centred, outputs, batch }: Probe,
  rng: Rng,
): Tensor {
  const { operation, inputs, outputShape } = head;
  const places = outputShape.slice(0, -1).reduce((product, dimension) => product * dimension, 1);
  const examples = Math.ceil(batch / places);
  const xs = inputs.map((input, i) =>
    mul(noises[noise](rng.stream(i), [examples, ...input.outputShape]), deviation),
  );
  const record = operation.forward(xs, { training: false, rng: () => rng.stream('layer') });
  const y = isOutput ? outputAnswers[outputs](record.output) : record.output;
  const answers = centred ? sub(y, meanOver(y, [...y.shape.slice(0, -1).keys()])) : y;
  const gradients = operation.gradients?.(record, answers) as readonly Gradient[];
  const place = operation.parameters.indexOf(kernel as Parameter);
  return div(gradients[place].compute(), examples * places * deviation ** 2);
}

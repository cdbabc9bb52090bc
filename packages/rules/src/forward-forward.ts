import { noise, product, scaleExamples } from '@feedalign/backend';
import {
  type FeedbackRule,
  type ForwardLook,
  hiddenUnits,
  memoized,
  type Network,
  type Pass,
  type Unit,
} from '@feedalign/core';
import { abs, add, floor, mul, sign, sub, type Tensor, tanh, tensor2d } from '@tensorflow/tfjs-core';
import { type TaughtUnits, taughtUnits } from './forward-gradient.js';
import { goodness } from './goodness.js';
import { anyNumber, checkOptions, type OptionsSchema } from './options.js';
import { type AmplitudeOptions, amplitudeOptions, type Overlay, overlaid, overlayFor } from './overlay.js';
import { targetsOf } from './targets.js';

export interface ForwardForwardOptions extends AmplitudeOptions {
  /** θ: the goodness between true and wrong labels; a value that it can pass, below 1 with tanh. Default 2. */
  readonly threshold?: number;
}

export const forwardForwardOptions: OptionsSchema<ForwardForwardOptions> = {
  ...amplitudeOptions,
  threshold: anyNumber,
};

export interface ForwardForwardState {
  readonly [name: string]: TaughtUnits['units'] | Overlay | Tensor;
  readonly units: TaughtUnits['units'];
  readonly overlay: Overlay;
  /** From class to class. */
  readonly steps: Tensor;
}

type ForwardForwardPass = Pass<ForwardForwardState>;

/**
 * The forward-forward algorithm: each hidden unit learns by itself to be active, G > θ, for inputs with their true label
 * written over the first numbers, and quiet for inputs with a wrong one: L_l = softplus(θ − G⁺) + softplus(G⁻ − θ), with
 * G the mean square of f(a_l). No signal is sent back.
 *
 * Shapes: labels [N, C] take the place of the first C numbers of an example; wrong ones are the
 * true ones moved on by a number of classes that is drawn in each step. The output learns by its true error, from inputs without a label. `predictByGoodness` predicts
 * by the hidden units alone.
 *
 * Where a unit hands on how active it was, the next can read its goodness off that and learns nothing: put a
 * normalization, such as a layer normalization without scale, behind each hidden layer.
 *
 * Source: Hinton, 'The forward-forward algorithm: some preliminary investigations', 2022 (arXiv:2212.13345), section 3.3.
 * There G is the sum of squares; the mean makes θ the same for every width.
 *
 * @example
 * ```ts
 * convert(model, forwardForward({ threshold: 2 }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be; from the conversion
 * `unsupported-model` for a network that does not tell classes apart, has several inputs, or fewer numbers than classes
 */
export function forwardForward(options: ForwardForwardOptions = {}): FeedbackRule<ForwardForwardState> {
  checkOptions("The rule 'ff'", forwardForwardOptions, options);
  const { threshold = 2, amplitude = 1 } = options;

  /** What is to become good, and what is not. */
  const viewsOf = memoized((pass: ForwardForwardPass) => {
    const { network, record, state, rng } = pass;
    const x = record.records[network.inputs[0].id].output;
    const labels = targetsOf(pass);
    const wrong = otherThan(labels, state.steps, noise(rng.stream('labels'), [1], 'uniform'));
    const seen = (those: Tensor) => pass.again([overlaid(x, those, state.overlay)]);
    return { good: seen(labels), bad: seen(wrong) };
  });

  /** ∂softplus(±(θ − G))/∂W of one view: +1 where G is to grow, −1 where it is to shrink. */
  const updates = (
    unit: Unit,
    look: ForwardLook,
    towards: 1 | -1,
    { share, weights }: ForwardForwardPass,
  ) => {
    const response = look.response(unit);
    const missing = logistic(mul(sub(threshold, goodness(unit, look)), towards));
    const perSquare = (-towards * 2 * share * response.shape[0]) / response.size;
    const each = mul(missing, perSquare);
    const signal = scaleExamples({ x: response, factors: weights ? mul(each, weights) : each }, {});
    return look.updates(unit, look.throughActivation(unit, signal), 'pre-activation');
  };

  return {
    name: 'ff',
    pure: true,
    options: { threshold, amplitude },
    init: (network, _rng, teaches) => ({
      ...taughtUnits(network, teaches),
      overlay: overlayFor(network, amplitude),
      steps: stepsAmong(network.errorSize),
    }),
    signal: () => null,
    estimate: (unit, pass) => {
      if (unit.isOutput) return undefined;
      if (!pass.state.units.includes(unit.index)) return [];
      const { good, bad } = viewsOf(pass);
      return [...updates(unit, good, 1, pass), ...updates(unit, bad, -1, pass)];
    },
    warnings: withoutNormalization,
  };
}

/**
 * The labels of other classes, [N, C]: each so many classes on, 1 to C − 1, the same for a batch, by a number u [1] from 0 to 1.
 */
function otherThan(labels: Tensor, steps: Tensor, u: Tensor): Tensor {
  const classes = labels.shape[1] as number;
  const moved = add(floor(mul(u, classes - 1)), 1);
  const onwards = sub(1, sign(abs(sub(steps, moved))));
  return product({ a: labels, b: onwards }, {});
}

/** [C, C]: how many classes on from the one of the row that of the column is, around. */
const stepsAmong = (classes: number): Tensor =>
  tensor2d(
    Array.from({ length: classes }, (_, row) =>
      Array.from({ length: classes }, (_, column) => (column - row + classes) % classes),
    ),
  );

/** 1/(1 + e^−x), by what an engine records. */
const logistic = (x: Tensor): Tensor => mul(add(tanh(mul(x, 0.5)), 1), 0.5);

function withoutNormalization(network: Network): string[] {
  const hidden = hiddenUnits(network);
  const bare = hidden.filter(({ chain, activation }) => chain.indexOf(activation) === chain.length - 1);
  if (hidden.length < 2 || bare.length === 0) return [];
  const names = bare.map(({ name }) => name).join(', ');
  return [
    `Nothing lies between the activation of ${names} and the next layer, which can tell good from bad by how active that is, and need learn nothing else. Put a layer normalization without scale behind each hidden layer.`,
  ];
}

import { noise, product } from '@feedalign/backend';
import {
  type FeedbackRule,
  type ForwardLook,
  memoized,
  type Network,
  type Pass,
  type Rng,
  type Unit,
} from '@feedalign/core';
import { add, div, mul, reshape, sub, type Tensor } from '@tensorflow/tfjs-core';
import { type TaughtUnits, taughtUnits } from './forward-gradient.js';
import { oneInput, sizeOf } from './one-input.js';
import { anyNumber, checkOptions, type OptionsSchema } from './options.js';

export interface PepitaOptions {
  /** Of the projection of the error to the inputs. Default 0.05. */
  readonly scale?: number;
}

export const pepitaOptions: OptionsSchema<PepitaOptions> = { scale: anyNumber };

/** The taught units, and F [errorSize, inputs]. */
export interface PepitaState {
  readonly [name: string]: TaughtUnits['units'] | Tensor;
  readonly units: TaughtUnits['units'];
  readonly projection: Tensor;
}

/**
 * Present the error to perturb the input: a second forward pass takes x + eF, and each hidden unit learns from what that
 * changed, δ_l = h_l − h̃_l, at its pre-activation, against what it took in the second pass: ∂W_l = h̃_{l−1}ᵀ (h_l − h̃_l).
 * No signal is sent back, and no layer waits for those above.
 *
 * Shapes: e [N, errorSize] of each example alone, F [errorSize, inputs], drawn once, uniform between
 * ±scale·√(6/inputs). The output learns by e from what it took in the second pass. Under a mean over the batch all is
 * divided by N. Dropout has the same mask in both passes, and what it silences learns nothing; moving
 * averages move in the first alone. What lies behind the nonlinearity, such as pooling, takes the change of the unit's output back.
 *
 * Source: Dellaferrera and Kreiman, 'Error-driven input modulation', ICML 2022 (arXiv:2201.11665), algorithm 1 and the
 * authors' scale. There the nonlinearity is ReLU; here as there no f′ is in the way of any other.
 *
 * @example
 * ```ts
 * convert(model, pepita({ scale: 0.05 }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be; from the conversion
 * `unsupported-model` for a network with several inputs, or with one that takes whole numbers
 */
export function pepita(options: PepitaOptions = {}): FeedbackRule<PepitaState> {
  checkOptions("The rule 'pepita'", pepitaOptions, options);
  const { scale = 0.05 } = options;

  const second = memoized((pass: Pass<PepitaState>): ForwardLook => {
    const x = inputOf(pass);
    const moved = product({ a: div(pass.error, pass.share), b: pass.state.projection }, {});
    return pass.again([add(x, reshape(moved, x.shape))]);
  });
  const changeOf = (unit: Unit, pass: Pass<PepitaState>) => {
    if (!pass.state.units.includes(unit.index)) return null;
    const change = sub(pass.activation(unit), second(pass).activation(unit));
    return pass.atActivation(unit, mul(change, pass.share));
  };

  return {
    name: 'pepita',
    pure: true,
    options: { scale },
    init: (network, rng, teaches) => ({
      ...taughtUnits(network, teaches),
      projection: draw(network, rng, scale),
    }),
    place: () => 'pre-activation',
    signal: changeOf,
    estimate: (unit, pass) => {
      if (unit.isOutput) {
        const signal = pass.signal(unit);
        return signal ? second(pass).updates(unit, signal, 'output') : undefined;
      }
      const change = changeOf(unit, pass);
      return change ? second(pass).updates(unit, change, 'pre-activation') : undefined;
    },
  };
}

const inputOf = ({ network, record }: Pass): Tensor => record.records[network.inputs[0].id].output;

function draw(network: Network, rng: Rng, scale: number): Tensor {
  const size = sizeOf(oneInput(network, 'pepita', 'adds the error to the input'));
  const half = scale * Math.sqrt(6 / size);
  const uniform = noise(rng.stream('projection'), [network.errorSize, size], 'uniform');
  return mul(sub(mul(uniform, 2), 1), half);
}

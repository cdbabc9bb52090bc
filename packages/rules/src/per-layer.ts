import { FeedalignError, type FeedbackRule, type Network, type Unit } from '@feedalign/core';
import { type AnyRule, type CombinedState, combined, requireRule, specOf } from './combined.js';
import { checkOptions, isPlain, that } from './options.js';

const otherwiseKey = 'otherwise';
const byName = that("each layer's rule by the layer's name", isPlain);

/**
 * A rule for each layer: those that are named learn by their own, all others by `otherwise`.
 *
 * A layer's rule decides what signal its output gets, and by what feedback the signals above come down to it; it does
 * not decide what the layers below make of its δ. Layers are named as they begin a unit: the layer with the weights.
 * Outputs learn by the true error whatever rule they are given, and are refused.
 *
 * @example
 * ```ts
 * convert(model, perLayer({ conv2d_1: directFeedbackAlignment(), conv2d_2: frozenBody() }, backpropagation()));
 * ```
 * @throws FeedalignError from the conversion: `unknown-name` for a layer that begins no unit, `invalid-option` for an output
 */
export function perLayer(
  layers: Readonly<Record<string, AnyRule>>,
  otherwise: AnyRule,
): FeedbackRule<CombinedState> {
  checkOptions("The rule 'perLayer'", { layers: byName }, { layers });
  const names = Object.keys(layers);
  for (const name of names) requireRule(`The rule 'perLayer', at '${name}',`, layers[name]);
  requireRule("The rule 'perLayer', for all other layers,", otherwise);
  // Keys and streams go by the order of the layers: tfjs numbers names on.
  const keyOf = (name: string) => `layer ${names.indexOf(name)}`;
  const teacherOf = ({ name }: Unit) => (Object.hasOwn(layers, name) ? keyOf(name) : otherwiseKey);
  return combined({
    name: 'perLayer',
    options: {
      layers: Object.fromEntries(names.map((name) => [name, specOf(layers[name])])),
      otherwise: specOf(otherwise),
    },
    members: {
      ...Object.fromEntries(names.map((name) => [keyOf(name), layers[name]])),
      [otherwiseKey]: otherwise,
    },
    teacherOf,
    mayTeach: (key, unit) => teacherOf(unit) === key,
    rngOf: (key, rng) => (key === otherwiseKey ? rng : rng.stream(key)),
    check: (network) => {
      for (const name of names) check(name, network);
    },
  });
}

function check(name: string, { units }: Network): void {
  const unit = units.find((each) => each.name === name);
  const hidden = units.filter((each) => !each.isOutput).map((each) => each.name);
  if (unit && !unit.isOutput) return;
  throw new FeedalignError(
    unit ? 'invalid-option' : 'unknown-name',
    unit
      ? `The layer '${name}' leads to an output, which learns by the true error under every rule.`
      : `No unit of the network begins with a layer '${name}'.`,
    `The layers that can be given a rule are ${hidden.join(', ')}.`,
  );
}

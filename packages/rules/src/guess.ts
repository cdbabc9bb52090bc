import {
  type FeedbackRule,
  memoized,
  type Pass,
  parametersIn,
  type Unit,
  type Update,
} from '@feedalign/core';
import { blocksOf } from './blocks.js';
import { alongActivations, alongWeights, type Guesses, guessIn } from './guesses.js';
import { type HeadWeights, learned } from './heads.js';
import { drawAllHeads } from './local-heads.js';
import { headUnits, type Locality, localitiesBy, localitiesOver } from './localities.js';
import { checkOptions, type OptionsSchema, oneOf } from './options.js';

export interface GuessOptions {
  /** What is guessed: the gradient of each unit's 'activations' (default), or of its 'weights'. */
  readonly space?: 'activations' | 'weights';
  /** Whether the read-outs whose losses guess are 'learned' (default), 'fixed' as drawn, or drawn in each step: 'random'. */
  readonly head?: 'learned' | 'fixed' | 'random';
}

export const guessOptions: OptionsSchema<GuessOptions> = {
  space: oneOf(['activations', 'weights']),
  head: oneOf(['learned', 'fixed', 'random']),
};

export interface GuessState {
  readonly [name: string]: readonly number[] | readonly (readonly HeadWeights[])[];
  readonly units: readonly number[];
  readonly heads: readonly (readonly HeadWeights[])[];
}

const task = { loss: 'prediction', balance: 1, stops: true } as const;

/**
 * The forward gradient along a guess: a hidden unit's guess u is the gradient of a local loss, that of a linear read-out of
 * its own; the derivative of the network's loss along it comes from a pass in forward mode, and the unit learns by
 * (∇L·u) u/‖u‖², the part of the true gradient that lies along the guess. No signal is sent from unit to unit.
 *
 * Shapes: of activations, u [N, …] at the unit's output, with each example's own derivative [N]; where batch normalization
 * mixes the examples, with that of all. Of weights, u of the shapes of all parameters of a unit together. Each unit takes
 * a pass of its own, so that a step of L units costs L of them. The output learns by its true error; of learned read-outs
 * the run's optimizer takes the exact gradients.
 *
 * Source: Fournier, Rivaud, Belilovsky, Eickenberg and Oyallon, 'Can forward gradient match backpropagation?', ICML 2023
 * (arXiv:2306.06968). There a guess is one for a block of layers; here for each unit.
 *
 * @example
 * ```ts
 * convert(model, guessedForwardGradient({ head: 'fixed' }));
 * ```
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be; from a step `unsupported-layer` for a
 * layer that has no tangent
 */
export function guessedForwardGradient(options: GuessOptions = {}): FeedbackRule<GuessState> {
  checkOptions("The rule 'guess'", guessOptions, options);
  const { space = 'activations', head = 'learned' } = options;

  const localitiesOf = localitiesBy(task);
  /** With the read-outs of this step. */
  const localitiesNow = ({ network, state, rng }: Pass<GuessState>): Locality[] => {
    if (head !== 'random') return localitiesOf(network, state);
    const blocks = blocksOf(network, undefined, ({ index }) => state.units.includes(index));
    const heads = drawAllHeads(network, blocks, task.loss, rng.stream('heads'));
    return localitiesOver(network, blocks, heads, task);
  };
  const guessesOf = memoized(
    (pass: Pass<GuessState>): Guesses =>
      new Map(localitiesNow(pass).map((locality) => guessIn(locality, pass, task))),
  );
  const signalsOf = memoized(
    (pass: Pass<GuessState>) =>
      new Map([...guessesOf(pass)].map(([unit, { signal }]) => [unit, alongActivations(unit, signal, pass)])),
  );
  const signalOf = (unit: Unit, pass: Pass<GuessState>) =>
    (space === 'activations' && signalsOf(pass).get(unit)) || null;
  const ofUnit = (unit: Unit, pass: Pass<GuessState>): readonly Update[] => {
    const signal = signalOf(unit, pass);
    return signal ? pass.updates(unit, signal, 'output') : alongWeights(unit, guessesOf(pass), pass);
  };

  return {
    name: 'guess',
    pure: true,
    options: { space, head },
    savesState: head === 'learned',
    init: (network, rng, teaches = () => true) => {
      const blocks = blocksOf(network, undefined, teaches);
      const units = blocks.flatMap((block) => block.units.map(({ index }) => index));
      if (head === 'random') return { units, heads: [] };
      const drawn = drawAllHeads(network, blocks, task.loss, rng.stream('heads'));
      return { units, heads: head === 'fixed' ? drawn : drawn.map((each) => each.map(learned)) };
    },
    signal: signalOf,
    estimate: (unit, pass) => {
      if (unit.isOutput) return undefined;
      const guess = guessesOf(pass).get(unit);
      if (!guess) return [];
      return [...ofUnit(unit, pass), ...(head === 'learned' ? guess.ofHeads() : [])];
    },
    parameters: (network, state) =>
      head === 'learned' ? localitiesOf(network, state).flatMap(headUnits).flatMap(parametersIn) : [],
  };
}

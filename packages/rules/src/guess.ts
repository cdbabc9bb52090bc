import { exampleProducts } from '@feedalign/backend';
import {
  type FeedbackRule,
  gradientOf,
  type Network,
  type Parameter,
  type Pass,
  parametersIn,
  sumOf,
  type Unit,
  type Update,
} from '@feedalign/core';
import { add, div, mul, reshape, square, sum, type Tensor } from '@tensorflow/tfjs-core';
import { backpropagation } from './backpropagation.js';
import { type Block, blocksOf } from './blocks.js';
import { timesDerivative } from './forward-gradient.js';
import { type HeadWeights, learned } from './heads.js';
import { drawAllHeads } from './local-heads.js';
import { headUnits, type Locality, localitiesOver, passIn } from './localities.js';
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

  const blocksIn = (network: Network, { units }: Pick<GuessState, 'units'>) =>
    blocksOf(network, undefined, ({ index }) => units.includes(index));
  const over = (network: Network, heads: GuessState['heads'], blocks: readonly Block[]) =>
    localitiesOver(network, blocks, heads, task);
  const kept = new WeakMap<GuessState['heads'][number], Locality[]>();
  const localitiesOf = (network: Network, state: GuessState): Locality[] => {
    const { heads } = state;
    if (heads.length === 0) return [];
    const found = kept.get(heads[0]) ?? over(network, heads, blocksIn(network, state));
    kept.set(heads[0], found);
    return found;
  };
  /** With the read-outs of this step. */
  const localitiesNow = ({ network, state, rng }: Pass<GuessState>): Locality[] => {
    if (head !== 'random') return localitiesOf(network, state);
    const blocks = blocksIn(network, state);
    return over(network, drawAllHeads(network, blocks, task.loss, rng.stream('heads')), blocks);
  };

  const guesses = new WeakMap<Pass<GuessState>, ReadonlyMap<Unit, Guess>>();
  const guessesOf = (pass: Pass<GuessState>): ReadonlyMap<Unit, Guess> => {
    const found = guesses.get(pass) ?? new Map(localitiesNow(pass).map((each) => guessIn(each, pass)));
    guesses.set(pass, found);
    return found;
  };

  const signals = new WeakMap<Guess, Tensor>();
  const signalOf = (unit: Unit, pass: Pass<GuessState>): Tensor | null => {
    const guess = guessesOf(pass).get(unit);
    if (space === 'weights' || !guess) return null;
    const found = signals.get(guess) ?? alongActivations(unit, guess.signal, pass);
    signals.set(guess, found);
    return found;
  };
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

/** What a local loss says of one unit. */
interface Guess {
  /** u at its output. */
  readonly signal: Tensor;
  /** u of its parameters. */
  readonly updates: () => readonly Update[];
  readonly ofHeads: () => readonly Update[];
}

function guessIn(locality: Locality, pass: Pass<GuessState>): [Unit, Guess] {
  const unit = pass.network.units.find((each) => locality.part.unitIn(each)) as Unit;
  const own = locality.part.unitIn(unit) as Unit;
  const inner = passIn(locality, pass, task, [backpropagation(), null, 'guess']);
  const taught = (each: Unit) => inner.updates(each, inner.signal(each) as Tensor, 'output');
  return [
    unit,
    {
      signal: inner.signal(own) as Tensor,
      updates: () => taught(own),
      ofHeads: () => headUnits(locality).flatMap(taught),
    },
  ];
}

type Guesses = ReadonlyMap<Unit, Guess>;

/** What keeps 0/0 from a unit without a guess. */
const tiny = 1e-30;

function alongActivations(unit: Unit, signal: Tensor, pass: Pass<GuessState>): Tensor {
  const derivative = pass.along({ activations: new Map([[unit.end, signal]]) }).examples;
  const squares = exampleProducts({ a: signal, b: signal }, {});
  const length = derivative.size === squares.size ? squares : sum(squares, 0, true);
  return timesDerivative(signal, div(derivative, add(length, tiny)));
}

/** Units that have a parameter in common learn it as one, with the first of them. */
function alongWeights(unit: Unit, guesses: Guesses, pass: Pass<GuessState>): readonly Update[] {
  const together = sharing(unit, [...guesses.keys()]);
  if (together[0] !== unit) return [];
  const weights = new Map<Parameter, Tensor>();
  for (const each of together) {
    for (const { parameter, gradient } of (guesses.get(each) as Guess).updates()) {
      weights.set(parameter, sumOf([weights.get(parameter) ?? null, gradient.compute()]) as Tensor);
    }
  }
  if (weights.size === 0) return [];
  const derivative = sum(pass.along({ weights }).examples, 0, true);
  const length = sumOf([...weights.values()].map(squareOf)) as Tensor;
  const factor = div(derivative, add(length, tiny));
  return [...weights].map(([parameter, u]) => ({ parameter, gradient: gradientOf(() => mul(u, factor)) }));
}

const squareOf = (u: Tensor) => sum(square(reshape(u, [u.size])), 0, true);

/** The units that share parameters with this one, be it through others. */
function sharing(unit: Unit, units: readonly Unit[]): readonly Unit[] {
  const found = new Set([unit]);
  const parameters = new Set(parametersIn(unit));
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const each of units) {
      const own = parametersIn(each);
      if (!own.some((parameter) => parameters.has(parameter))) continue;
      found.add(each);
      for (const parameter of own) parameters.add(parameter);
    }
  }
  return units.filter((each) => found.has(each));
}

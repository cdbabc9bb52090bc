import { exampleProducts } from '@feedalign/backend';
import {
  gradientOf,
  type Parameter,
  type Pass,
  parametersIn,
  sumOf,
  type Unit,
  type Update,
} from '@feedalign/core';
import { add, div, mul, reshape, square, sum, type Tensor } from '@tensorflow/tfjs-core';
import { backpropagation } from './backpropagation.js';
import { timesDerivative } from './forward-gradient.js';
import { headUnits, type Locality, type LocalTask, passIn } from './localities.js';

/** What a local loss says of one unit. */
export interface Guess {
  /** u at its output. */
  readonly signal: Tensor;
  /** u of its parameters. */
  readonly updates: () => readonly Update[];
  readonly ofHeads: () => readonly Update[];
}

export function guessIn(locality: Locality, pass: Pass, task: LocalTask): [Unit, Guess] {
  const unit = pass.network.units.find((each) => locality.part.unitIn(each)) as Unit;
  const own = locality.part.unitIn(unit) as Unit;
  const { pass: inner } = passIn(locality, pass, task, [backpropagation(), null, 'guess']);
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

export type Guesses = ReadonlyMap<Unit, Guess>;

/** What keeps 0/0 from a unit without a guess. */
const tiny = 1e-30;

export function alongActivations(unit: Unit, signal: Tensor, pass: Pass): Tensor {
  const derivative = pass.along({ activations: new Map([[unit.end, signal]]) }).examples;
  const squares = exampleProducts({ a: signal, b: signal }, {});
  const length = derivative.size === squares.size ? squares : sum(squares, 0, true);
  return timesDerivative(signal, div(derivative, add(length, tiny)));
}

/** Units that have a parameter in common learn it as one, with the first of them. */
export function alongWeights(unit: Unit, guesses: Guesses, pass: Pass): readonly Update[] {
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

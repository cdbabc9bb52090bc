// Every primitive, given random calls that are right and calls that are not: on wasm it answers as its reference does on
// cpu, or refuses by a FeedalignError, and touches nothing but its own result.
import * as backend from '@feedalign/backend';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, changed, type Operand, written } from '../src/attack/call.js';
import { type Dice, dice } from '../src/attack/dice.js';
import { expectNone, type Law, type Subject, verdict } from '../src/attack/judge.js';
import { times } from '../src/attack/length.js';
import { aPool, aWindow } from '../src/attack/windows.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  backend.correctStockKernels();
  await tf.setBackend('wasm');
});

interface Row {
  readonly law?: Law;
  /** Default: the primitive itself, which on cpu is its reference. */
  readonly subject?: Subject;
  call(chance: Dice): Call;
}

const some = (shape: readonly number[], more: Partial<Operand> = {}): Operand => ({ shape, ...more });
const maybe = (chance: Dice, inputs: Record<string, Operand>) => (chance.chance(0.5) ? inputs : {});
const activation = (chance: Dice) => chance.pick(Object.keys(backend.activations));
const anyShape = (chance: Dice) => chance.shape(chance.int(1, 4), 6);
const aVariable = (shape: readonly number[], more: Partial<Operand> = {}) =>
  some(shape, { isVariable: true, ...more });

/** An optimizer's step over variables of one shape. */
const step = (roles: Record<string, Partial<Operand>>, attributes: (chance: Dice) => object): Row => ({
  law: { changes: Object.keys(roles).filter((role) => roles[role].isVariable) },
  call: (chance) => {
    const shape = chance.pick([[], [1], [5], [33], [4, 7], [2, 3, 4]]);
    return {
      inputs: Object.fromEntries(Object.entries(roles).map(([role, each]) => [role, some(shape, each)])),
      attributes: { ...attributes(chance) },
    };
  },
});
const changing = { isVariable: true } as const;
const square = { isVariable: true, values: 'positive' } as const;

/** A gradient that is added to a variable. */
const into = (
  primitive: Parameters<typeof backend.gradientBy>[0],
  row: Row,
  shapeOf: (call: Call) => readonly number[],
): Row => ({
  law: { changes: ['variable'] },
  subject: ({ variable, ...inputs }, { scale, keep, ...attributes }) =>
    backend
      .gradientBy(primitive as never, inputs as never, attributes as never)
      .addTo(variable as tf.Variable, scale as number, keep as number),
  call: (chance) => {
    const { inputs, attributes } = row.call(chance);
    const variable = aVariable(shapeOf({ inputs, attributes }));
    return {
      inputs: chance.chance(0.5) ? { variable, ...inputs } : { ...inputs, variable },
      attributes: { ...attributes, scale: -0.3, keep: chance.pick([1, 0.9, 0]) },
    };
  },
});

const normalized = (chance: Dice) => {
  const shape = chance.shape(chance.int(1, 4), 6);
  const all = shape.map((_, axis) => axis);
  const cut = chance.int(0, shape.length);
  const axes = chance.pick([
    all.slice(0, cut),
    all.slice(cut),
    all.slice(0, -1),
    all.slice(-1),
    [chance.pick(all)],
  ]);
  const statistics = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const affine = chance.pick([
    shape.slice(-1),
    statistics,
    shape.map((size, axis) => (axes.includes(axis) ? size : 1)),
  ]);
  return { shape, axes, statistics, affine };
};

const rows: Readonly<Record<string, Row>> = {
  activate: {
    call: (chance) => ({
      inputs: { a: some(anyShape(chance)) },
      attributes: { activation: activation(chance) },
    }),
  },
  activationGradient: {
    call: (chance) => {
      const shape = anyShape(chance);
      return {
        inputs: {
          signal: some(shape),
          y: some(shape, { values: chance.pick(['positive', undefined]) }),
          ...maybe(chance, { a: some(shape) }),
        },
        attributes: { activation: activation(chance) },
      };
    },
  },
  gatherBatch: {
    call: (chance) => {
      const rowShape = chance.shape(chance.int(1, 3), 5);
      const size = rowShape.reduce((product, each) => product * each, 1);
      const count = chance.int(1, 5);
      const channels = chance.pick([1, rowShape[rowShape.length - 1]]);
      const source = Array.from({ length: count * size }, () => chance.int(0, 255));
      return {
        inputs: {},
        attributes: {
          source: chance.chance(0.5) ? Uint8Array.from(source) : Float32Array.from(source),
          rows: Uint32Array.from(chance.shape(chance.int(1, 6), count - 1, 0)),
          rowShape,
          scale: Array.from({ length: channels }, (_, i) => 0.5 + i),
          offset: Array.from({ length: channels }, (_, i) => i - 1),
        },
      };
    },
  },
  convolution: {
    call: (chance) => {
      const { x, kernel, bias, strides, dilations, padding } = aWindow(chance);
      return {
        inputs: { x: some(x), kernel: some(kernel), ...maybe(chance, { bias: some(bias) }) },
        attributes: { strides, dilations, padding, activation: activation(chance) },
      };
    },
  },
  convolutionKernelGradient: {
    call: (chance) => {
      const { x, y, kernel, strides, dilations, padding } = aWindow(chance);
      return {
        inputs: { x: some(x), delta: some(y) },
        attributes: { strides, dilations, padding, kernelShape: kernel },
      };
    },
  },
  convolutionInputGradient: {
    call: (chance) => {
      const { x, y, kernel, strides, dilations, padding } = aWindow(chance);
      return {
        inputs: { delta: some(y), kernel: some(kernel) },
        attributes: { strides, dilations, padding, inputShape: x },
      };
    },
  },
  softmaxCrossEntropy: {
    call: (chance) => {
      const shape = anyShape(chance);
      return {
        inputs: {
          logits: some(shape),
          targets: some(shape, { values: 2, dtype: chance.pick(['int32', undefined]) }),
        },
        attributes: chance.pick([{}, { scale: 0.25 }]),
      };
    },
  },
  sigmoidCrossEntropy: {
    call: (chance) => {
      const shape = anyShape(chance);
      return {
        inputs: {
          logits: some(shape),
          targets: some(shape, { values: 2, dtype: chance.pick(['int32', undefined]) }),
        },
        attributes: chance.pick([{}, { scale: 0.25 }]),
      };
    },
  },
  normalize: {
    call: (chance) => {
      const { shape, axes, affine } = normalized(chance);
      return {
        inputs: {
          x: some(shape),
          ...maybe(chance, { gamma: some(affine) }),
          ...maybe(chance, { beta: some(affine) }),
        },
        attributes: { axes, epsilon: 1e-3 },
      };
    },
  },
  normalizeGradient: {
    call: (chance) => {
      const { shape, axes, statistics, affine } = normalized(chance);
      return {
        inputs: {
          signal: some(shape),
          x: some(shape),
          mean: some(statistics),
          reciprocal: some(statistics, { values: 'positive' }),
          ...maybe(chance, { gamma: some(affine) }),
        },
        attributes: { axes },
      };
    },
  },
  normalizeScaleGradient: {
    call: (chance) => {
      const { shape, axes, statistics } = normalized(chance);
      return {
        inputs: {
          signal: some(shape),
          x: some(shape),
          mean: some(statistics),
          reciprocal: some(statistics, { values: 'positive' }),
        },
        attributes: { sharedAxes: axes },
      };
    },
  },
  accumulateStep: step({ variable: changing, value: {} }, (chance) => ({
    scale: -0.3,
    keep: chance.pick([1, 0.9, 0]),
  })),
  momentumStep: step({ variable: changing, velocity: changing, gradient: {} }, (chance) => ({
    learningRate: 0.1,
    momentum: 0.9,
    nesterov: chance.chance(0.5),
  })),
  rmspropStep: step({ variable: changing, meanSquare: square, gradient: {} }, () => ({
    learningRate: 0.1,
    decay: 0.9,
    epsilon: 1e-3,
  })),
  adamStep: step({ variable: changing, mean: changing, meanSquare: square, gradient: {} }, (chance) => ({
    learningRate: 0.1,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-3,
    step: chance.int(1, 9),
  })),
  decayStep: step({ variable: changing }, () => ({ rate: 0.1 })),
  ...Object.fromEntries(
    ['maxPool', 'averagePool'].map((name) => [
      name,
      {
        call: (chance: Dice) => {
          const { x, y: _, ...attributes } = aPool(chance);
          return { inputs: { x: some(x) }, attributes };
        },
      },
    ]),
  ),
  maxPoolGradient: {
    call: (chance) => {
      const { x, y, ...attributes } = aPool(chance);
      return { inputs: { signal: some(y), x: some(x), y: some(y) }, attributes };
    },
  },
  averagePoolGradient: {
    call: (chance) => {
      const { x, y, ...attributes } = aPool(chance);
      return { inputs: { signal: some(y), x: some(x) }, attributes };
    },
  },
  product: {
    call: (chance) => {
      const [m, k, n] = chance.shape(3, 9);
      const [transposeA, transposeB] = [chance.chance(0.5), chance.chance(0.5)];
      return {
        inputs: {
          a: some(transposeA ? [k, m] : [m, k]),
          b: some(transposeB ? [n, k] : [k, n]),
          ...maybe(chance, { bias: some([n]) }),
        },
        attributes: { transposeA, transposeB, activation: activation(chance) },
      };
    },
  },
  denseKernelGradient: {
    call: (chance) => {
      const [m, a, b] = chance.shape(3, 9);
      return { inputs: { input: some([m, a]), delta: some([m, b]) }, attributes: {} };
    },
  },
  denseInputGradient: {
    call: (chance) => {
      const [m, a, b] = chance.shape(3, 9);
      return { inputs: { delta: some([m, b]), kernel: some([a, b]) }, attributes: {} };
    },
  },
  exchangeAxes: {
    call: (chance) => ({ inputs: { x: some(chance.shape(4, 9)) }, attributes: {} }),
  },
  groupedProduct: {
    call: (chance) => {
      const [m, groups, from, to] = chance.shape(4, 9);
      return {
        inputs: {
          x: some([m, groups * from]),
          kernel: some([groups, from, to]),
          ...maybe(chance, { bias: some([groups * to]) }),
        },
        attributes: { activation: activation(chance) },
      };
    },
  },
  groupedKernelGradient: {
    call: (chance) => {
      const [m, groups, from, to] = chance.shape(4, 9);
      return {
        inputs: { input: some([m, groups * from]), delta: some([m, groups * to]) },
        attributes: { groups },
      };
    },
  },
  groupedInputGradient: {
    call: (chance) => {
      const [m, groups, from, to] = chance.shape(4, 9);
      return { inputs: { delta: some([m, groups * to]), kernel: some([groups, from, to]) }, attributes: {} };
    },
  },
  exampleProducts: {
    call: (chance) => {
      const shape = anyShape(chance);
      return { inputs: { a: some(shape), b: some(shape) }, attributes: {} };
    },
  },
  scaleExamples: {
    call: (chance) => {
      const shape = anyShape(chance);
      return { inputs: { x: some(shape), factors: some(shape.slice(0, 1)) }, attributes: {} };
    },
  },
  sumLeading: {
    call: (chance) => ({ inputs: { x: some(anyShape(chance)) }, attributes: {} }),
  },
};

const intoRows: Readonly<Record<string, Row>> = {
  'convolutionKernelGradient, into a variable': into(
    backend.convolutionKernelGradient as never,
    rows.convolutionKernelGradient,
    ({ attributes }) => attributes.kernelShape as number[],
  ),
  'denseKernelGradient, into a variable': into(
    backend.denseKernelGradient as never,
    rows.denseKernelGradient,
    ({ inputs: { input, delta } }) => [input.shape[1], delta.shape[1]],
  ),
  'groupedKernelGradient, into a variable': into(
    backend.groupedKernelGradient as never,
    rows.groupedKernelGradient,
    ({ inputs: { input, delta }, attributes }) => {
      const groups = attributes.groups as number;
      return [groups, input.shape[1] / groups, delta.shape[1] / groups];
    },
  ),
  'sumLeading, into a variable': into(backend.sumLeading as never, rows.sumLeading, ({ inputs: { x } }) =>
    x.shape.slice(-1),
  ),
};

// gelu and its like pass zero slowly: what they make of noise is compared by its largest number like all others.
const primitives = Object.entries(backend).filter(
  ([, value]) => typeof value === 'function' && 'door' in value,
);

it('has a row for every primitive', () => {
  expect(Object.keys(rows).sort()).toEqual(primitives.map(([name]) => name).sort());
});

describe.each(Object.entries({ ...rows, ...intoRows }))('%s', (name, row) => {
  const subject = row.subject ?? ((backend as Record<string, unknown>)[name] as Subject);
  const tried = (call: Call, seed: number, label: string) => {
    const { fault, refused } = verdict(subject, subject, call, seed, row.law);
    return { refused, fault: fault && `${label}: ${fault} — ${written(call)}` };
  };

  it('answers right calls', () => {
    const faults: string[] = [];
    for (let i = 0; i < times(12, 150); i++) {
      const call = row.call(dice(name, i));
      const { fault, refused } = tried(call, 100 * i, 'right');
      if (fault) faults.push(fault);
      if (refused) faults.push(`refused: ${written(call)}`);
    }
    expectNone(faults);
  });

  it('answers or refuses calls that were changed', () => {
    const faults = new Map<string, string>();
    for (let i = 0; i < times(40, 1500); i++) {
      const chance = dice(name, 'changed', i);
      const { call, what } = changed(row.call(chance), chance);
      const { fault } = tried(call, 100 * i, what);
      if (fault) faults.set(fault.replaceAll(/[-\d.,]+/g, '#').slice(0, 90), fault);
    }
    expectNone(faults.values());
  });
});

import '@feedalign/wasm-training';
import { useBackend } from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { refusedCases, stockCases } from '../src/stock-cases/index.js';
import { apart, gradientsOf, prepare, slopeError } from '../src/stock-gradients.js';

const entries = Object.entries(stockCases);

afterEach(() => tf.disposeVariables());

describe('stock models train on WASM with @feedalign/wasm-training', () => {
  it.each(entries)('%s', async (_title, given) => {
    await useBackend('cpu');
    const prepared = prepare(given);
    const expected = gradientsOf(prepared);
    expect(slopeError(prepared, expected), 'cpu, against central differences').toBeLessThan(2e-3);

    await useBackend('wasm');
    const found = gradientsOf(prepared);
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, gradient] of Object.entries(expected)) {
      expect(apart(found[name], gradient), name).toBeLessThan(1e-4);
    }
  });
});

describe('what tfjs itself refuses to train throws on either backend', () => {
  it.each(Object.entries(refusedCases))('%s', async (_title, given) => {
    for (const backend of ['cpu', 'wasm'] as const) {
      await useBackend(backend);
      const prepared = prepare(given);
      expect(() => gradientsOf(prepared)).toThrow();
    }
  });
});

describe('the table', () => {
  it('has 57 rows', () => {
    expect(entries.length).toBe(57);
  });

  it('has every layer of tfjs-layers', () => {
    // As they stand in the models' configurations.
    const text = entries.map(([, { build }]) => JSON.stringify(build().toJSON(null, false))).join();
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    const missing = Object.entries(classNameMap)
      .filter(([, [made]]) => 'countParams' in (made as unknown as { prototype: object }).prototype)
      .map(([name]) => name)
      .filter((name) => !text.includes(`"${name}"`) && !(name in without));
    expect(missing).toEqual([]);
  });

  it('has every loss by name', () => {
    const used = entries.flatMap(([, { loss }]) => (loss ? [loss] : []));
    expect(used.sort()).toEqual(
      [
        'binaryCrossentropy',
        'categoricalCrossentropy',
        'categoricalHinge',
        'cosineProximity',
        'hinge',
        'kullbackLeiblerDivergence',
        'logcosh',
        'meanAbsoluteError',
        'meanAbsolutePercentageError',
        'meanSquaredError',
        'meanSquaredLogarithmicError',
        'poisson',
        'sparseCategoricalCrossentropy',
        'squaredHinge',
      ].sort(),
    );
  });
});

/** Layers without a row of their own, and why. */
const without: Readonly<Record<string, string>> = {
  Functional: 'holds layers',
  GroupedDense: 'is not of tfjs-layers',
  Sequential: 'holds layers',
  ConvLSTM2DCell: 'is a part of ConvLSTM2D',
  // No weights can stand before these.
  CategoryEncoding: 'answers with counts',
  CenterCrop: 'crops by an operation without a gradient',
  RandomWidth: 'draws a new width each call',
  Resizing: 'throws within a model',
};

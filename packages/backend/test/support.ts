import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect } from 'vitest';
import { type BackendName, useBackend } from '../src/index.js';

/**
 * The tests on each engine that runs in Node without anything installed; where faster kernels are registered for wasm,
 * on that alone.
 */
export function onEach(tests: (backend: BackendName) => void): void {
  const isFast = tf.getKernel('FeedalignWasmTraining', 'wasm');
  describe.each<BackendName>(isFast ? ['wasm'] : ['wasm', 'cpu'])('on %s', (backend) => {
    beforeAll(async () => {
      await useBackend(backend);
    });
    afterEach(() => tf.disposeVariables());
    tests(backend);
  });
}

export const property = { numRuns: 40, seed: 20_160_914 } as const;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** Numbers and their shape: what the references compute with. */
export interface Plain {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export const plain = (shape: readonly number[], values?: ArrayLike<number>): Plain => ({
  shape,
  values: values ? Float64Array.from(values) : new Float64Array(sizeOf(shape)),
});

/** Numbers of both signs that float32 holds exactly, distinct enough that maxima are seldom equal. */
export function numbers(shape: readonly number[], seed: number, shift = 0): Plain {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const values = Float64Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 12) / 2 ** 19 - 1) * 2 + shift;
  });
  return plain(shape, values.map(Math.fround));
}

export const toTensor = ({ shape, values }: Plain) =>
  tf.tensor(Float32Array.from(values), [...shape], 'float32');

/** A variable that shares its memory with no other tensor. */
export const toVariable = (numbers: Plain) => tf.tidy(() => tf.variable(toTensor(numbers)));

/** The place of [n, row, column, channel] in a row-major array of this shape. */
export const at = (
  [, height, width, channels]: readonly number[],
  n: number,
  i: number,
  j: number,
  c: number,
) => ((n * height + i) * width + j) * channels + c;

/** The same shape, and every entry within `tolerance` of the largest. */
export function expectClose(actual: tf.Tensor, expected: Plain, tolerance = 1e-4): void {
  expect(actual.shape).toEqual([...expected.shape]);
  const values = actual.dataSync();
  const scale = expected.values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
  const worst = expected.values.reduce((far, value, i) => {
    return Math.max(far, Math.abs(values[i] - value));
  }, 0);
  expect(worst / scale).toBeLessThan(tolerance);
}

const tensors = () => ({
  tensors: tf.memory().numTensors,
  buffers: tf.memory().numDataBuffers,
  onBackend: tf.backend().numDataIds(),
});

/** Runs in a tidy, and requires that nothing is left after it. */
export function withoutLeaks(run: () => void): void {
  const before = tensors();
  tf.tidy(() => {
    run();
  });
  expect(tensors()).toEqual(before);
}

export const seeds = fc.integer({ min: 0, max: 2 ** 30 });
export const small = (max: number, min = 1) => fc.integer({ min, max });

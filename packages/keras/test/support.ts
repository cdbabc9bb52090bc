import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll } from 'vitest';

export const onBackend = (name: string) =>
  beforeAll(async () => {
    await tf.setBackend(name);
  });

/** A folder for the tests of a file, removed after them. */
export function temporaryFolder(): (...parts: string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), 'feedalign-keras-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (...parts) => join(folder, ...parts);
}

/** The files of the fixtures by path (`mlp/model.h5`), as fixtures/make.py packed them. */
export function filesOf(version: Version): Readonly<Record<string, Uint8Array>> {
  const path = fileURLToPath(new URL(`../fixtures/${version}.zip`, import.meta.url));
  return unzipSync(new Uint8Array(readFileSync(path)));
}

export const versions = ['keras2', 'keras3'] as const;
export type Version = (typeof versions)[number];

/** Puts files into a folder. */
export function write(folder: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
}

export interface Listed {
  readonly shape: number[];
  readonly dtype?: 'float32' | 'bool';
  readonly values: number[];
}

/** Inputs, and what Keras makes of them. */
export interface Expected {
  readonly inputs: Listed[];
  readonly outputs: Listed[];
}

export const json = <T>(bytes: Uint8Array): T => JSON.parse(new TextDecoder().decode(bytes));

/** What a model makes of the inputs, as lists. */
export function predict(model: LayersModel, { inputs }: Expected): Listed[] {
  return tf.tidy(() => {
    const given = inputs.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
    const outputs = [model.predict(given.length > 1 ? given : given[0])].flat();
    return outputs.map((output) => ({ shape: output.shape, values: [...output.dataSync()] }));
  });
}

/** The largest difference of two lists of numbers, over the size of the expected ones where that is above 1. */
export const difference = (expected: readonly number[], found: readonly number[]): number =>
  expected.reduce((worst, value, i) => {
    const distance = Math.abs(found[i] - value) / Math.max(1, Math.abs(value));
    return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(worst, distance);
  }, 0);

/** How far predictions may be from those of Keras, which computes `mixed` in half precision, with 11 bits. */
export const toleranceOf = (file: string): number => (file.startsWith('mixed/') ? 5e-3 : 1e-4);

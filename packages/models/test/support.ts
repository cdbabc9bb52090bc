import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll } from 'vitest';

export const onCpu = () =>
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

/** A folder for the tests of a file, removed after them. */
export function temporaryFolder(): (...parts: string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), 'feedalign-models-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (...parts) => join(folder, ...parts);
}

export const weightsOf = (model: LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);

import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, it } from 'vitest';
import { type Fault, stockFaults } from '../src/stock-faults/index.js';

/** Runs a check for every wrong kernel of stock tfjs, on each of these backends where it is wrong. */
export function onEveryFault(
  title: string,
  check: (fault: Fault) => void,
  backends: readonly ('cpu' | 'wasm')[] = ['cpu', 'wasm'],
): void {
  const cases = stockFaults.flatMap((fault) =>
    fault.backends
      .filter((backend) => backends.includes(backend))
      .map((backend) => [`${backend}: ${fault.kernel}, when ${fault.when}`, backend, fault] as const),
  );
  describe(title, () => {
    afterEach(() => tf.disposeVariables());
    it.each(cases)('%s', async (_title, backend, fault) => {
      await tf.setBackend(backend);
      tf.tidy(() => check(fault));
    });
  });
}

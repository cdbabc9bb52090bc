import type { Network } from '@feedalign/core';
import { dispose, mul, sum, tidy } from '@tensorflow/tfjs-core';

/** The first layer whose weights hold a number that is not finite, if any does. */
export async function firstBroken(network: Network): Promise<string | undefined> {
  for (const unit of network.units) {
    for (const { name, operation } of unit.chain) {
      for (const { variable } of operation.parameters) {
        // Zero times a number is zero, but for NaN and infinity; a sum of the numbers themselves could overflow.
        const zero = tidy(() => sum(mul(variable, 0)));
        const [value] = await zero.data();
        dispose(zero);
        if (value !== 0) return name;
      }
    }
  }
  return undefined;
}

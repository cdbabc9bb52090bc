import { FeedalignError } from '@feedalign/core';

/**
 * The shape of what windows over an image make, as tfjs computed it.
 *
 * @throws FeedalignError `shape-mismatch` where no window fits into the image: tfjs then goes on with negative sizes
 */
export function wholeWindows(
  name: string,
  x: readonly number[],
  window: readonly number[],
  outShape: readonly number[],
): readonly number[] {
  const isWhole = (size: number) => size > 0 && Number.isFinite(size);
  if (window.every(isWhole) && outShape.slice(1, -1).every(isWhole)) return outShape;
  return refuseWindow(name, window, x.slice(1, -1));
}

/** @throws FeedalignError `shape-mismatch` for a window that is larger than what it is to pass over */
export function refuseWindow(name: string, window: readonly number[], input: readonly number[]): never {
  throw new FeedalignError(
    'shape-mismatch',
    `A window of ${window.join('×')} does not fit into an input of ${input.join('×')} (${name}).`,
    "Use a smaller window, a larger input, or the padding 'same'.",
  );
}

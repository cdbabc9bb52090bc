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
  throw new FeedalignError(
    'shape-mismatch',
    `${name} has a window of ${window.join('×')} over an image of ${x.slice(1, -1).join('×')}: none fits into it.`,
    "Take a smaller window, a larger image, or 'same' padding.",
  );
}

import { FeedalignError } from '@feedalign/core';

/** An error about the contents of one file: 'PATH problem.' */
export const badFile = (path: string, problem: string, options?: ErrorOptions): FeedalignError =>
  new FeedalignError(
    'bad-data-file',
    `${path} ${problem}.`,
    'Replace the file by the one that its authors publish.',
    options,
  );

/** @throws FeedalignError `bad-data-file` when a label is not below the number of classes. */
export function requireLabels(labels: Uint8Array, classes: number, path: string): void {
  const at = labels.findIndex((label) => label >= classes);
  if (at >= 0) {
    throw badFile(path, `has label ${labels[at]} for example ${at}, expected 0 to ${classes - 1}`);
  }
}

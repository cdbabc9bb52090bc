import { FeedalignError } from '@feedalign/core';

/** Classes by number, in as few bytes as their count needs. */
export type Labels = Uint8Array | Uint16Array | Uint32Array;

/** Room for labels of so many classes. */
export function labelsFor(classes: number, length: number): Labels {
  if (classes <= 2 ** 8) return new Uint8Array(length);
  return classes <= 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
}

/** @throws FeedalignError `invalid-option` unless the label is a whole number from 0 to classes − 1 */
export function requireLabel(label: unknown, row: number, classes: number): void {
  if (Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes) return;
  const [shown, last] = [typeof label === 'string' ? `'${label}'` : String(label), classes - 1];
  throw new FeedalignError(
    'invalid-option',
    `Row ${row} has the label ${shown}, but there are ${classes} classes.`,
    label === classes
      ? `Labels are whole numbers from 0 to ${last}: take 1 from each where they begin at 1.`
      : `Labels are whole numbers from 0 to ${last}.`,
  );
}

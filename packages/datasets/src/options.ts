import { FeedalignError } from '@feedalign/core';

/** @throws FeedalignError `invalid-option` unless the value is a whole number of at least `least`. */
export function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new FeedalignError(
    'invalid-option',
    `${name} is ${value}.`,
    `Give a whole number of at least ${least}.`,
  );
}

/** @throws FeedalignError `invalid-option` unless the value is finite and not negative. */
export function requireNonNegative(name: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new FeedalignError('invalid-option', `${name} is ${value}.`, 'Give a number from 0 up.');
}

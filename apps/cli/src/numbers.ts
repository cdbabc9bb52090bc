const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 6, useGrouping: false });

/** A number as people write it: 0.0000001 and 0.3, where JavaScript has 1e-7 and 0.30000000000000004. */
export const written = (value: number): string =>
  Number.isFinite(value) && (value === 0 || (Math.abs(value) >= 1e-9 && Math.abs(value) < 1e15))
    ? plain.format(value)
    : String(value);

/** A value of a setting, with its numbers as people write them. */
export function writtenValue(value: unknown): string | undefined {
  if (typeof value === 'number') return written(value);
  if (Array.isArray(value)) return `[${value.map(writtenValue).join(',')}]`;
  return JSON.stringify(value);
}

const percent = (share: number): string => (100 * share).toFixed(1);

/** `95.2 ± 0.3%`, or without a deviation `95.2%`. */
export const percentWith = ({ mean, deviation }: Spread): string =>
  `${percent(mean)}${deviation === undefined ? '' : ` ± ${percent(deviation)}`}%`;

/** Of several numbers. */
export interface Spread {
  readonly mean: number;
  /** With n − 1; none for fewer than two. */
  readonly deviation?: number;
}

import { median, quantile } from 'simple-statistics';

/** What a number of samples says. */
export interface Summary {
  readonly value: number;
  /** The quarter of the samples below and the quarter above: how far they spread. */
  readonly quartiles: readonly [lower: number, upper: number];
}

/** The median, with its quartiles. */
export const summarize = (samples: readonly number[]): Summary => ({
  value: median([...samples]),
  quartiles: quartilesOf(samples),
});

/** The ratio of two medians. Its quartiles are those of the ratios of every sample to every other. */
export const ratioOfMedians = (above: readonly number[], below: readonly number[]): Summary => ({
  value: median([...above]) / median([...below]),
  quartiles: quartilesOf(above.flatMap((a) => below.map((b) => a / b))),
});

const quartilesOf = (samples: readonly number[]): [number, number] => [
  quantile([...samples], 0.25),
  quantile([...samples], 0.75),
];

/** Of several series, the one with the greatest median. */
export function greatest(series: readonly (readonly number[])[]): readonly number[] {
  const medians = series.map((each) => median([...each]));
  return series[medians.indexOf(Math.max(...medians))];
}

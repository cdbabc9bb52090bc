/** The colour of each known rule, the same in every figure. Blue, vermillion and green of Okabe and Ito 2008; frozen is grey. */
export const ruleColors: ReadonlyMap<string, string> = new Map([
  ['bp', '#0072B2'],
  ['fa', '#D55E00'],
  ['dfa', '#009E73'],
  ['frozen', '#757575'],
]);

/** For other names, in order: the rest of Okabe and Ito without yellow, which white swallows, and Tol's wine. */
const spareColors = ['#CC79A7', '#E69F00', '#56B4E9', '#222222', '#882255'] as const;

/**
 * The colour of each rule as #RRGGBB, safe for colour-blind readers. Unknown rules take five further colours in the
 * order in which they first appear, and begin again after the fifth.
 *
 * @example
 * ```ts
 * colorsOf(['bp', 'mine']); // Map { 'bp' => '#0072B2', 'mine' => '#CC79A7' }
 * ```
 */
export function colorsOf(rules: readonly string[]): Map<string, string> {
  const distinct = [...new Set(rules)];
  const unknown = distinct.filter((rule) => !ruleColors.has(rule));
  return new Map(
    distinct.map((rule) => [
      rule,
      ruleColors.get(rule) ?? spareColors[unknown.indexOf(rule) % spareColors.length],
    ]),
  );
}

export const backgroundColor = '#FFFFFF';
export const axisColor = '#8C8C8C';
export const gridColor = '#E6E6E6';
export const inkColor = '#222222';
export const mutedColor = '#595959';

/** Of the numbers of a matrix: violet and orange, which no rule has and every kind of colour vision tells apart. */
export const signColors = { negative: '#8E5BC0', positive: '#C77400', none: axisColor } as const;

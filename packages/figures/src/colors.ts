/** The rest of Okabe and Ito 2008 without yellow, which white swallows, and Tol's wine. */
const spareColors = ['#CC79A7', '#E69F00', '#56B4E9', '#222222', '#882255'] as const;
const [pink, orange, sky, black, wine] = spareColors;

/**
 * The colour of each known rule, the same in every figure. Blue, vermillion and green of Okabe and Ito 2008; frozen is grey.
 * Rules of one family differ in colour; two of different families that share one differ by their strokes.
 */
export const ruleColors: ReadonlyMap<string, string> = new Map([
  ['bp', '#0072B2'],
  ['fa', '#D55E00'],
  ['dfa', '#009E73'],
  ['frozen', '#757575'],
  ['usf', orange],
  ['brsf', wine],
  ['frsf', sky],
  ['ifa', black],
  ['sdfa', pink],
  ['sparse', orange],
  ['drtp', sky],
  ['kp', pink],
  ['dkp', black],
  ['wm', wine],
  ['fg-a', orange],
  ['fg-w', sky],
  ['guess', wine],
  ['pred', pink],
  ['sim', orange],
  ['predsim', sky],
  ['pepita', wine],
  ['ff', black],
]);

/** Which strokes of its colour a rule has, the same in every figure; the others have the first. */
export const ruleStrokes: ReadonlyMap<string, number> = new Map([
  ['brsf', 1],
  ['ifa', 1],
  ['sparse', 1],
  ['drtp', 1],
  ['kp', 1],
  ['fg-a', 2],
  ['fg-w', 2],
  ['guess', 2],
  ['pred', 2],
  ['sim', 3],
  ['predsim', 3],
  ['pepita', 3],
  ['ff', 2],
]);

/**
 * The colour of each rule as #RRGGBB, safe for colour-blind readers. Unknown names take those of five further colours that no
 * rule beside them has, in the order in which they first appear, and begin again after the last.
 *
 * @example
 * ```ts
 * colorsOf(['bp', 'mine']); // Map { 'bp' => '#0072B2', 'mine' => '#CC79A7' }
 * ```
 */
export function colorsOf(rules: readonly string[]): Map<string, string> {
  const distinct = [...new Set(rules)];
  const unknown = distinct.filter((rule) => !ruleColors.has(rule));
  const known = new Set(distinct.map((rule) => ruleColors.get(rule)));
  const free = spareColors.filter((color) => !known.has(color));
  const spare = free.length > 0 ? free : spareColors;
  return new Map(
    distinct.map((rule) => [rule, ruleColors.get(rule) ?? spare[unknown.indexOf(rule) % spare.length]]),
  );
}

export const backgroundColor = '#FFFFFF';
export const axisColor = '#8C8C8C';
export const gridColor = '#E6E6E6';
export const inkColor = '#222222';
export const mutedColor = '#595959';

/** Of the numbers of a matrix: violet and orange, which no rule has and every kind of colour vision tells apart. */
export const signColors = { negative: '#8E5BC0', positive: '#C77400', none: axisColor } as const;

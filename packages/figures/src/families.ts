import type { Line, Panel } from './figure.js';

/** More lines than these are not told apart in one plot. */
const mostTogether = 6;

/** Rules by how they bring the error down. */
const families: ReadonlyMap<string, string> = new Map(
  (
    [
      ['layer by layer', ['fa', 'usf', 'brsf', 'frsf']],
      ['direct feedback', ['dfa', 'ifa', 'sdfa', 'sparse', 'drtp']],
      ['feedback that learns', ['kp', 'wm', 'dkp']],
      ['forward gradients', ['fg-a', 'fg-w', 'guess']],
      ['losses of their own', ['pred', 'sim', 'predsim', 'pepita', 'ff']],
    ] as const
  ).flatMap(([family, rules]) => rules.map((rule) => [rule, family] as const)),
);

/** What each family is compared with. */
const yardsticks = ['bp', 'frozen'];

const ruleOf = ({ rule, name }: Line) => rule ?? name;

/**
 * A panel of more than six lines as one for each family of rules, over the same axes: the family, backpropagation and the
 * frozen body in their colours, the others grey. A panel of fewer stays as it is.
 *
 * @example
 * ```ts
 * figureToSvg({ title: 'All rules', panels: panelsByFamily(panel) });
 * ```
 */
export function panelsByFamily(panel: Panel): Panel[] {
  if (panel.lines.length <= mostTogether) return [panel];
  const familyOf = (line: Line) => families.get(ruleOf(line)) ?? 'other rules';
  const isYardstick = (line: Line) => yardsticks.includes(ruleOf(line));
  const present = new Set(panel.lines.filter((line) => !isYardstick(line)).map(familyOf));
  return [...present].map((family) => ({
    ...panel,
    title: `${panel.title}, ${family}`,
    lines: panel.lines.map((line) =>
      isYardstick(line) || familyOf(line) === family ? line : { ...line, muted: true },
    ),
  }));
}

import { describe, expect, it } from 'vitest';
import { inkColor, mutedColor, signColors } from '../src/colors.js';
import { colorsOf, panelsByFamily, ruleColors } from '../src/index.js';
import { type LineStyle, lineStyles } from '../src/line-styles.js';
import { darkColors } from '../src/themes.js';
import { line, panel } from './support.js';

const channels = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);

const luminance = (color: string) => {
  const [r, g, b] = channels(color).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (a: string, b: string) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

/** In degrees around the colour circle. */
const hue = (color: string) => {
  const [r, g, b] = channels(color);
  return (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI;
};

const onDark = (color: string) => darkColors.get(color) ?? color;
const grounds = { light: '#FFFFFF', dark: onDark('#FFFFFF') };
const commonest = ['bp', 'fa', 'dfa', 'frozen'].map((rule) => ruleColors.get(rule) as string);
const names = [...ruleColors.keys()];
const lineColors = [...colorsOf(names).values()];

describe('colours', () => {
  it('are fixed for the known rules, whatever stands beside them', () => {
    const colors = colorsOf(['mine', 'dfa', 'constructor', 'bp']);
    expect([colors.get('bp'), colors.get('dfa')]).toEqual(['#0072B2', '#009E73']);
    expect([colors.get('mine'), colors.get('constructor')]).toEqual(['#CC79A7', '#E69F00']);
  });

  it('of names are none that a rule beside them has', () => {
    const colors = colorsOf(['kp', 'mine', 'usf', 'yours']);
    expect(new Set(colors.values()).size).toBe(4);
    expect(colors.get('kp')).toBe(ruleColors.get('kp'));
  });

  it('are nine', () => {
    expect(new Set(lineColors).size).toBe(9);
    expect(new Set(lineColors.map(onDark)).size).toBe(9);
  });

  it('stand out from either ground by 3:1 or more (WCAG 2.2, 1.4.11); on white the commonest', () => {
    for (const color of [...commonest, signColors.negative, signColors.positive])
      expect(contrast(color, grounds.light), color).toBeGreaterThanOrEqual(3);
    for (const color of [...lineColors, signColors.negative, signColors.positive])
      expect(contrast(onDark(color), grounds.dark), color).toBeGreaterThanOrEqual(3);
  });

  it('of texts stand out by 4.5:1 or more (WCAG 2.2, 1.4.3)', () => {
    for (const color of [inkColor, mutedColor]) {
      expect(contrast(color, grounds.light)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(onDark(color), grounds.dark)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('keep their hue on dark', () => {
    const isGrey = (color: string) => Math.max(...channels(color)) - Math.min(...channels(color)) < 0.01;
    for (const color of lineColors.filter((each) => !isGrey(each)))
      expect(Math.abs(hue(onDark(color)) - hue(color)), color).toBeLessThan(5);
  });
});

describe('line styles', () => {
  it('tell fifteen lines of one rule apart by dash or marker', () => {
    const layers = Array.from({ length: 15 }, (_, i) => line(`layer ${i}`, [], { rule: 'dfa' }));
    const styles = [...lineStyles(layers).values()];
    expect(new Set(styles.map(({ color }) => color))).toEqual(new Set(['#009E73']));
    expect(new Set(styles.map(({ dash, marker }) => `${dash} ${marker}`)).size).toBe(15);
  });

  it('dash what is asked for and the frozen rule, and tell dashed lines apart', () => {
    const styles = lineStyles([
      line('a', [], { rule: 'frozen' }),
      line('b', [], { rule: 'frozen' }),
      line('c', [], { rule: 'bp', dashed: true }),
      line('d', [], { rule: 'frozen', dashed: false }),
      line('e', [], { rule: 'bp' }),
    ]);
    const looks = [...styles.values()].map(({ dash, marker }) => `${dash} ${marker}`);
    expect(looks).toEqual(['7,4 none', '7,4 circle', '7,4 none', ' none', ' none']);
  });

  it('of the twenty-two rules differ, those of a family in colour, and are the same wherever a rule stands', () => {
    const lookOf = (lines: readonly string[], rule: string) => {
      const { color, dash, marker } = [...lineStyles(lines.map((each) => line(each, []))).values()].find(
        ({ name }) => name === rule,
      ) as LineStyle;
      return { color, strokes: `${dash} ${marker}` };
    };
    const looks = names.map((rule) => lookOf(names, rule));
    expect(new Set(looks.map(({ color, strokes }) => `${color} ${strokes}`)).size).toBe(22);
    for (const [i, rule] of names.entries()) expect(lookOf([rule], rule)).toEqual(looks[i]);
    const everything = panel(names.map((rule) => line(rule, [])));
    for (const { lines } of panelsByFamily(everything)) {
      const shown = lines.filter(({ muted }) => !muted).map(({ name }) => ruleColors.get(name));
      expect(new Set(shown).size).toBe(shown.length);
    }
  });

  it('are one for lines alike in name and rule', () => {
    expect(lineStyles([line('bp', []), line('bp', [[1, 1]], { rule: 'bp' })]).size).toBe(1);
  });
});

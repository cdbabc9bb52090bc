import { describe, expect, it } from 'vitest';
import { colorsOf, ruleColors } from '../src/index.js';
import { lineStyles } from '../src/line-styles.js';
import { line } from './support.js';

const luminance = (color: string) => {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

describe('colours', () => {
  it('are fixed for the known rules, whatever stands beside them', () => {
    expect([...ruleColors.keys()]).toEqual(['bp', 'fa', 'dfa', 'frozen']);
    const colors = colorsOf(['mine', 'dfa', 'constructor', 'bp']);
    expect([colors.get('bp'), colors.get('dfa')]).toEqual(['#0072B2', '#009E73']);
    expect([colors.get('mine'), colors.get('constructor')]).toEqual(['#CC79A7', '#E69F00']);
  });

  it('differ for nine rules', () => {
    const names = [...ruleColors.keys(), 'a', 'b', 'c', 'd', 'e'];
    expect(new Set(colorsOf(names).values()).size).toBe(9);
  });

  it('of the known rules stand out from white by 3:1 or more (WCAG 2.2, 1.4.11)', () => {
    for (const color of ruleColors.values())
      expect(1.05 / (luminance(color) + 0.05)).toBeGreaterThanOrEqual(3);
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

  it('are one for lines alike in name and rule', () => {
    expect(lineStyles([line('bp', []), line('bp', [[1, 1]], { rule: 'bp' })]).size).toBe(1);
  });
});

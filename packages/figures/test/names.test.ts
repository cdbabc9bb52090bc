import { describe, expect, it } from 'vitest';
import { panelsByFamily, ruleColors } from '../src/index.js';
import { layOut } from '../src/layout.js';
import { figure, line, matrixPanel, panel } from './support.js';

const to = (y: number): [number, number][] => [
  [0, 0],
  [1, y],
];
const ticksOf = (axis: { ticks: readonly { label: string }[] }) => axis.ticks.map(({ label }) => label);

describe('the name of a line', () => {
  it('stands at its end, right of the plot, with a leader that comes from there, and in no legend', () => {
    const { panels, swatches } = layOut(figure([panel([line('bp', to(1)), line('fa', to(0.5))])]), 960);
    const [{ plot, y, content }] = panels;
    expect(swatches).toEqual([]);
    const ends = [1, 0.5].map((value) => plot.y + (1 - y.position(value)) * plot.height);
    expect(content.texts.map(({ text }) => text)).toEqual(['bp', 'fa']);
    for (const [i, { x, y: middle }] of content.texts.entries()) {
      expect(x).toBeGreaterThan(plot.x + plot.width);
      expect(middle).toBeCloseTo(ends[i], 6);
      expect(content.leaders[i].end.y).toBeCloseTo(ends[i], 6);
      expect(content.leaders[i].to.y).toBeCloseTo(middle, 6);
    }
  });

  it.each([
    ['is alike with that of another line', [line('bp', to(1)), line('bp', to(0.5))]],
    ['is long', [line('a name that needs more than two lines of text at the end of its line', to(1))]],
    ['has a word that is longer than its room', [line('W'.repeat(40), to(1))]],
    ['is one of many', Array.from({ length: 13 }, (_, i) => line(`line ${i}`, to(i)))],
  ])('stands in the legend where a line %s', (_, lines) => {
    const { swatches, panels } = layOut(figure([panel(lines)]), 640);
    expect(swatches.length).toBe(new Set(lines.map(({ name }) => name)).size);
    expect(panels[0].content.leaders).toEqual([]);
  });

  it('is led to from within the plot, where a line ends there, and is not asked for where there is none', () => {
    const lines = [line('bp', to(1)), line('fa', [[0.2, 0.5]]), line('', to(0.4))];
    const { panels, swatches } = layOut(figure([panel(lines)]), 640);
    const [{ plot, content }] = panels;
    expect(swatches).toEqual([]);
    expect(content.texts.map(({ text }) => text)).toEqual(['bp', 'fa']);
    expect(content.leaders.map(({ end }) => (end.x - plot.x) / plot.width)).toEqual([1, expect.closeTo(0.2)]);
  });

  it('is not written for a line that is muted, nor is its band drawn', () => {
    const muted = line('fa', to(1), {
      muted: true,
      band: [
        [0, 0, 1],
        [1, 0, 1],
      ],
    });
    const { panels, swatches, styles } = layOut(figure([panel([line('bp', to(1)), muted])]), 640);
    expect(panels[0].content.texts.map(({ text }) => text)).toEqual(['bp']);
    expect(swatches).toEqual([]);
    expect(panels[0].content.series(0, styles)).toHaveLength(2);
  });
});

describe('panels that share an axis', () => {
  const [low, high] = [
    panel([
      line('bp', [
        [0, 0.2],
        [4, 0.4],
      ]),
    ]),
    panel([
      line('fa', [
        [1, 5],
        [4, 9],
      ]),
    ]),
  ];

  it('have the same ticks', () => {
    const [a, b] = layOut(figure([low, matrixPanel([[1]]), high]), 960).panels.filter((_, i) => i !== 1);
    expect(ticksOf(a.x)).toEqual(ticksOf(b.x));
    expect(ticksOf(a.y)).toEqual(ticksOf(b.y));
    expect(a.y.position(9)).toBe(b.y.position(9));
  });

  it.each([
    ['another label', { label: 'loss' }],
    ['another kind', { label: 'test accuracy', scale: 'log' as const }],
    ['another format', { label: 'test accuracy', format: 'percent' as const }],
    ['a range of its own', { label: 'test accuracy', range: [0, 20] as const }],
  ])('do not where one has %s', (_, y) => {
    const [a, b] = layOut(figure([low, { ...high, y }]), 960).panels;
    expect(ticksOf(a.y)).not.toEqual(ticksOf(b.y));
  });

  it('say where shares do not begin at nothing', () => {
    const labelOf = (values: [number, number]) =>
      layOut(
        figure([
          panel(
            [
              line('bp', [
                [0, values[0]],
                [1, values[1]],
              ]),
            ],
            { y: { label: 'accuracy', format: 'percent' } },
          ),
        ]),
        960,
      ).panels[0].texts.filter(({ upright }) => upright)[0].text;
    expect(labelOf([0.91, 0.97])).toMatch(/^accuracy \(axis from 9[01].*%\)$/);
    expect(labelOf([0.05, 0.97])).toBe('accuracy');
  });
});

describe('panelsByFamily', () => {
  const everything = panel([...ruleColors.keys()].map((rule) => line(rule, to(1))));

  it('shows each rule in one panel, backpropagation and the frozen body in all, and the others grey', () => {
    const panels = panelsByFamily(everything);
    expect(panels).toHaveLength(5);
    const shown = panels.flatMap(({ lines }) => lines.filter(({ muted }) => !muted).map(({ name }) => name));
    for (const rule of ruleColors.keys())
      expect(shown.filter((name) => name === rule)).toHaveLength(['bp', 'frozen'].includes(rule) ? 5 : 1);
    for (const { lines } of panels) expect(lines).toHaveLength(22);
  });

  it('leaves six lines together, and has a panel for rules that it does not know', () => {
    const few = panel(everything.lines.slice(0, 6));
    expect(panelsByFamily(few)).toEqual([few]);
    const titles = panelsByFamily(panel([...everything.lines, line('mine', to(1))])).map(
      ({ title }) => title,
    );
    expect(titles.at(-1)).toBe('Fully connected, other rules');
  });
});

import { CustomChart, LineChart } from 'echarts/charts';
import { GraphicComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { gridOf, xAxisOf, yAxisOf } from './axes.js';
import { backgroundColor } from './colors.js';
import type { Figure } from './figure.js';
import { type Layout, layOut } from './layout.js';
import { leaderElement } from './leader-element.js';
import { swatchElements } from './swatch.js';
import { textElement } from './text-element.js';
import { inTheme, type Theme } from './themes.js';

export interface SvgOptions {
  /** Pixels, at least 320. From 640 on two panels stand side by side. Default 960. */
  readonly width?: number;
  /** 'auto' is light or dark as its reader prefers, and light on paper and as PNG. Default 'light'. */
  readonly theme?: Theme;
}

const optionOf = ({ panels, swatches, styles }: Layout) => ({
  animation: false,
  backgroundColor,
  grid: panels.map(gridOf),
  xAxis: panels.map(xAxisOf),
  yAxis: panels.map(yAxisOf),
  series: panels.flatMap(({ content }, i) => content.series(i, styles)),
  graphic: swatches.flatMap(swatchElements),
});

/**
 * ECharts counts its charts in ids and adds what a mouse and its own client need: without, equal data give equal bytes.
 * Nor do its clip paths stay: lines are clipped before, and in a page with several figures their ids would be the same.
 */
const withoutTraces = (svg: string) =>
  svg
    .replace(/<style\s*>[\s\S]*?<\/style>\s*/g, '')
    .replace(/<defs\s*>[\s\S]*?<\/defs>\s*/g, '')
    .replace(/ clip-path="[^"]*"/g, '')
    .replace(/ ecmeta_\w+="[^"]*"/g, '')
    .replace(/ class="zr\d+-[^"]*"/g, '');

/**
 * Draws a figure as SVG text: on white or dark ground, as wide as asked and as high as it needs, the same bytes for the same data.
 *
 * It needs no DOM. The text is meant for DejaVu Sans, in which nothing overlaps and nothing is cut off; Verdana is as
 * wide and other fonts are mostly narrower. Whatever the data are, it draws: what is not finite is a gap.
 *
 * @throws RangeError if the width is not a number of at least 320.
 * @example
 * ```ts
 * const svg = figureToSvg({
 *   title: 'Test accuracy on MNIST',
 *   panels: [
 *     {
 *       title: 'Three layers',
 *       x: { label: 'epoch' },
 *       y: { label: 'test accuracy', format: 'percent' },
 *       lines: [{ name: 'bp', points: [[1, 0.93], [2, 0.96]] }],
 *     },
 *   ],
 * });
 * ```
 */
export function figureToSvg(figure: Figure, { width = 960, theme = 'light' }: SvgOptions = {}): string {
  if (!(width >= 320 && Number.isFinite(width))) {
    throw new RangeError(`A figure cannot be ${width} pixels wide. Give a width of at least 320.`);
  }
  use([LineChart, CustomChart, GridComponent, GraphicComponent, SVGRenderer]);
  const layout = layOut(figure, Math.round(width));
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: layout.width, height: layout.height });
  try {
    chart.setOption(optionOf(layout));
    const { panels } = layout;
    const drawn = [
      ...panels.flatMap(({ content }) => [
        ...content.elements,
        ...content.leaders.map((leader) => leaderElement(leader, layout.styles)),
      ]),
      ...[...layout.texts, ...panels.flatMap((panel) => panel.texts)].map(textElement),
    ];
    const svg = withoutTraces(chart.renderToSVGString());
    return inTheme(
      svg.replace(/<\/svg>\s*$/, () => `${drawn.join('\n')}\n</svg>\n`),
      theme,
    );
  } finally {
    chart.dispose();
  }
}

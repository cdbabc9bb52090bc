import { CustomChart, LineChart } from 'echarts/charts';
import { GraphicComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { gridOf, xAxisOf, yAxisOf } from './axes.js';
import type { Figure } from './figure.js';
import { type Layout, layOut } from './layout.js';
import { lineStyles } from './line-styles.js';
import { seriesOf } from './series.js';
import { swatchElements } from './swatch.js';
import { textElement } from './text-element.js';

export interface SvgOptions {
  /** Pixels, at least 320. From 640 on two panels stand side by side. Default 960. */
  readonly width?: number;
}

const optionOf = (figure: Figure, { panels, swatches }: Layout) => {
  const styles = lineStyles(figure.panels.flatMap(({ lines }) => lines));
  return {
    animation: false,
    backgroundColor: '#FFFFFF',
    grid: panels.map(gridOf),
    xAxis: panels.map(xAxisOf),
    yAxis: panels.map(yAxisOf),
    series: panels.flatMap((panel, i) => seriesOf(panel, i, styles)),
    graphic: swatches.flatMap(swatchElements),
  };
};

/** ECharts counts its charts in ids and adds what a mouse and its own client need: without, equal data give equal bytes. */
const withoutTraces = (svg: string) =>
  svg
    .replace(/<style\s*>[\s\S]*?<\/style>\s*/g, '')
    .replace(/ ecmeta_\w+="[^"]*"/g, '')
    .replace(/ class="zr\d+-[^"]*"/g, '')
    .replace(/="(url\(#)?zr\d+-/g, '="$1');

/**
 * Draws a figure as SVG text: white, as wide as asked and as high as it needs, the same bytes for the same data.
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
export function figureToSvg(figure: Figure, { width = 960 }: SvgOptions = {}): string {
  if (!(width >= 320 && Number.isFinite(width))) {
    throw new RangeError(`A figure cannot be ${width} pixels wide. Give a width of at least 320.`);
  }
  use([LineChart, CustomChart, GridComponent, GraphicComponent, SVGRenderer]);
  const layout = layOut(figure, Math.round(width));
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: layout.width, height: layout.height });
  try {
    chart.setOption(optionOf(figure, layout));
    const texts = [...layout.texts, ...layout.panels.flatMap((panel) => panel.texts)].map(textElement);
    return withoutTraces(chart.renderToSVGString()).replace(
      /<\/svg>\s*$/,
      () => `${texts.join('\n')}\n</svg>\n`,
    );
  } finally {
    chart.dispose();
  }
}

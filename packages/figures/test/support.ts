import { Resvg } from '@resvg/resvg-js';
import type { Figure, Line, MatrixPanel, Panel } from '../src/index.js';

export const line = (name: string, points: Line['points'], more: Partial<Line> = {}): Line => ({
  name,
  points,
  ...more,
});

export const panel = (lines: readonly Line[], more: Partial<Panel> = {}): Panel => ({
  title: 'Fully connected',
  x: { label: 'epoch' },
  y: { label: 'test accuracy' },
  lines,
  ...more,
});

export const matrixPanel = (matrix: MatrixPanel['matrix'], more: Partial<MatrixPanel> = {}): MatrixPanel => ({
  title: 'A matrix',
  rows: 'output',
  columns: 'input',
  value: 'weight',
  matrix,
  ...more,
});

export const figure = (panels: Figure['panels'], more: Partial<Figure> = {}): Figure => ({
  title: 'Accuracy',
  panels,
  ...more,
});

/** Accuracy over epochs for four rules, with a reference line. */
export const accuracy = figure(
  [
    panel(
      (['bp', 'fa', 'dfa', 'frozen'] as const).map((rule, i) =>
        line(
          `${rule} mean`,
          [1, 2, 3].map((epoch): [number, number] => [epoch, [0.97, 0.95, 0.92, 0.5][i] - 0.1 / epoch]),
          { rule },
        ),
      ),
      { y: { label: 'test accuracy', format: 'percent' }, references: [{ value: 0.1, label: 'chance' }] },
    ),
  ],
  { subtitle: 'Mean over five seeds', source: 'MNIST' },
);

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };

/** What is written in an SVG, element by element. */
export const textsIn = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) =>
    text.replace(/&(#39|\w+);/g, (_, name) => entities[name]),
  );

/** The SVG's elements without what is written in them, and without the letters that stand for a picture's bytes. */
export const markup = (svg: string): string =>
  svg.replace(/>[^<]*</g, '><').replace(/base64,[\w+/=]*/g, 'base64,');

/** The `d` of each path with the given stroke. */
export const paths = (svg: string, stroke: string): string[] =>
  (svg.match(/<path[^>]*>/g) ?? [])
    .filter((path) => path.includes(`stroke="${stroke}"`))
    .map((path) => (path.match(/ d="([^"]*)"/) as RegExpMatchArray)[1]);

/** RGBA bytes of an SVG at its own size; throws where it is not well-formed XML. */
export function pixelsOf(svg: string): { width: number; height: number; pixels: Uint8Array } {
  const { width, height, pixels } = new Resvg(svg, { font: { loadSystemFonts: false } }).render();
  return { width, height, pixels };
}

/** RGBA bytes of a PNG, which is read as any viewer would. */
export function decoded(png: Uint8Array, width: number, height: number): Uint8Array {
  const data = Buffer.from(png).toString('base64');
  return pixelsOf(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><image width="${width}" height="${height}" href="data:image/png;base64,${data}"/></svg>`,
  ).pixels;
}

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';

export interface PngOptions {
  /** Pixels of the PNG for a pixel of the SVG. Default 2. */
  readonly scale?: number;
}

const require = createRequire(import.meta.url);

const fontFiles = () => {
  const folder = dirname(require.resolve('dejavu-fonts-ttf/package.json'));
  return ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => join(folder, 'ttf', file));
};

/**
 * Renders an SVG as the bytes of a PNG file. Only for Node; text is set in the DejaVu Sans that comes along, so that it
 * looks the same on a machine without fonts.
 *
 * @throws RangeError if the scale is not a finite number above 0.
 * @throws Error if the text is not an SVG.
 * @example
 * ```ts
 * await writeFile('figure.png', svgToPng(figureToSvg(figure), { scale: 3 }));
 * ```
 */
export function svgToPng(svg: string, { scale = 2 }: PngOptions = {}): Uint8Array {
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new RangeError(`A PNG cannot have the scale ${scale}. Give a number above 0, such as 2.`);
  }
  const renderer = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { fontFiles: fontFiles(), loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' },
  });
  return renderer.render().asPng();
}

import { encode } from 'fast-png';
import { axisColor, backgroundColor } from './colors.js';
import type { Rect } from './placed.js';

interface PictureOptions {
  /** Cells in a row. */
  readonly width: number;
  /** The magnitude in full colour. */
  readonly limit: number;
  readonly colors: { readonly negative: string; readonly positive: string; readonly none: string };
}

const channelsOf = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

/**
 * Numbers as a PNG of one pixel each, as a data address. Zero is transparent, so that the picture lies on any ground; the
 * magnitude is the pixel's opacity.
 */
export function pictureOf(
  rows: readonly (readonly number[])[],
  { width, limit, colors }: PictureOptions,
): string {
  const [negative, positive, none] = [colors.negative, colors.positive, colors.none].map(channelsOf);
  const data = new Uint8Array(rows.length * width * 4);
  rows.forEach((row, y) => {
    for (let x = 0; x < width; x++) {
      const share = (row[x] ?? Number.NaN) / limit;
      const pixel = Number.isFinite(share)
        ? [...(share < 0 ? negative : positive), Math.round(255 * Math.min(1, Math.abs(share)))]
        : [...none, 255];
      data.set(pixel, (y * width + x) * 4);
    }
  });
  const png = encode({ width, height: rows.length, data, channels: 4, depth: 8 });
  return `data:image/png;base64,${btoa(Array.from(png, (byte) => String.fromCharCode(byte)).join(''))}`;
}

const attributes = ({ x, y, width, height }: Rect) => `x="${x}" y="${y}" width="${width}" height="${height}"`;

/** A picture stretched to a box, its pixels with sharp edges, on a ground that hides the grid and in a frame. */
export function imageElement(address: string, box: Rect): string {
  // Browsers take what is important, resvg what comes last, and it does not know the one that browsers do right.
  const sharp = 'style="image-rendering:pixelated !important;image-rendering:optimizeSpeed"';
  return [
    `<rect ${attributes(box)} fill="${backgroundColor}"></rect>`,
    `<image ${attributes(box)} preserveAspectRatio="none" ${sharp} href="${address}"></image>`,
    `<rect ${attributes(box)} fill="none" stroke="${axisColor}"></rect>`,
  ].join('\n');
}

import { type Swatch, swatchWidth } from './legend-layout.js';

const half = 4;

/** The outline of each marker around a point, as large as on the lines. */
const outlines = {
  circle: (x: number, y: number) => ({ type: 'circle' as const, shape: { cx: x, cy: y, r: half } }),
  rect: (x: number, y: number) => ({
    type: 'rect' as const,
    shape: { x: x - half, y: y - half, width: 2 * half, height: 2 * half },
  }),
  triangle: (x: number, y: number) => polygon([x, y - half], [x + half, y + half], [x - half, y + half]),
  diamond: (x: number, y: number) => polygon([x, y - half], [x + half, y], [x, y + half], [x - half, y]),
};

const polygon = (...points: [number, number][]) => ({ type: 'polygon' as const, shape: { points } });

/** The line and marker before a name in the legend. */
export function swatchElements({ x, y, style: { color, dash, marker } }: Swatch) {
  const stroke = {
    type: 'line' as const,
    silent: true,
    shape: { x1: x, y1: y, x2: x + swatchWidth, y2: y },
    style: { stroke: color, lineWidth: 2, lineDash: dash.length > 0 ? [...dash] : undefined },
  };
  if (marker === 'none') return [stroke];
  return [stroke, { ...outlines[marker](x + swatchWidth / 2, y), silent: true, style: { fill: color } }];
}

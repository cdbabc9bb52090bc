export { colorsOf, ruleColors } from './colors.js';
export type { Axis, Figure, Line, Panel, Reference } from './figure.js';
export { figureToSvg, type SvgOptions } from './svg.js';

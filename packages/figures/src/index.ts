export { colorsOf, ruleColors } from './colors.js';
export { panelsByFamily } from './families.js';
export type { Axis, Figure, Line, MatrixPanel, Panel, Reference } from './figure.js';
export { figureToSvg, type SvgOptions } from './svg.js';
export type { Theme } from './themes.js';

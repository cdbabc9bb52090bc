import { axisColor, backgroundColor, gridColor, inkColor, mutedColor } from './colors.js';

/** Each colour with its counterpart on a dark ground, of the same hue; what is not here serves on both. */
export const darkColors: ReadonlyMap<string, string> = new Map([
  [backgroundColor, '#16181C'],
  [inkColor, '#E8E8E8'],
  [mutedColor, '#ABABAB'],
  [axisColor, '#7D7D7D'],
  [gridColor, '#33363B'],
  ['#0072B2', '#1A98E0'],
  ['#757575', '#9C9C9C'],
  ['#56B4E9', '#A9DBF7'],
  ['#882255', '#BF3F81'],
]);

const rulesOf = (name: string) =>
  [...darkColors]
    .flatMap(([light, dark]) =>
      ['fill', 'stroke'].map((property) => `.${name} [${property}="${light}"]{${property}:${dark}}`),
    )
    .join('');

interface Look {
  /** Of the SVG element; it keeps the style from the other figures of a page. */
  readonly name: string;
  readonly style: string;
}

const dark = 'feedalign-dark';
const auto = 'feedalign-auto';

const looks = {
  light: undefined,
  dark: { name: dark, style: rulesOf(dark) },
  // Paper is light, whatever the screen is.
  auto: { name: auto, style: `@media screen and (prefers-color-scheme:dark){${rulesOf(auto)}}` },
} satisfies Record<string, Look | undefined>;

export type Theme = keyof typeof looks;

/** The SVG, drawn light, in a theme: by a style, which comes before what the elements say of their colours. */
export function inTheme(svg: string, theme: Theme): string {
  const look: Look | undefined = looks[theme];
  return look
    ? svg.replace(
        /^<svg ([^>]*)>/,
        (_, rest) => `<svg class="${look.name}" ${rest}>\n<style>${look.style}</style>`,
      )
    : svg;
}

import { type Content, html } from './report-html.js';

const superscripts: Readonly<Record<string, string>> = Object.fromEntries(
  [...'0123456789-'].map((character, i) => [character, '⁰¹²³⁴⁵⁶⁷⁸⁹⁻'[i]]),
);

const power = (exponent: string) =>
  `10${[...String(Number(exponent))].map((character) => superscripts[character]).join('')}`;

/** Numbers in one style: `.95` as 0.95, `1e-10` as 10⁻¹⁰, `2.0e-15` as 2.0×10⁻¹⁵, a minus as a minus. */
const numbersIn = (text: string): string =>
  text
    .replace(/(?<![\w.])\.(?=\d)/g, '0.')
    .replace(/(?<![\w.])(\d+(?:\.\d+)?)e([+-]?\d+)(?!\w)/g, (_, mantissa, exponent) =>
      mantissa === '1' ? power(exponent) : `${mantissa}×${power(exponent)}`,
    )
    .replace(/(?<![\w)])-(?=\d)/g, '−');

/** A letter with what stands below it: `W_l`, `F_{l−1}`, `t_align`. */
const lowered = /(?<!\w)([A-Za-zδε])_(\{[^{}]{1,9}\}|align|half|[a-z0-9])(?!\w)/;

/** The words of an experiment as a reader has them: numbers in one style, subscripts below. */
export const typeset = (text: string): Content =>
  text.split(lowered).map((part, i) => {
    if (i % 3 === 0) return numbersIn(part);
    if (i % 3 === 1) return part;
    return html`<sub>${part === 'half' ? '½' : part.replace(/^\{(.*)\}$/, '$1')}</sub>`;
  });

/** Four digits that count. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return numbersIn(Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4))));
}

const abbreviations = /^(bp|fa|dfa|kp|wm|dkp|ifa|drtp)$/;

const known: Readonly<Record<string, string | undefined>> = {
  usf: 'uSF',
  brsf: 'brSF',
  frsf: 'frSF',
  sdfa: 'sDFA',
};

/** The words of a key: `leastFa` as 'least FA', `learningRate` as 'learning rate'. */
export const wordsOf = (key: string): string =>
  key
    .replace(/([a-z0-9])(?=[A-Z][a-z])/g, '$1 ')
    .split(' ')
    .map((word) => (/^[A-Z][a-z]+$/.test(word) ? word.toLowerCase() : word))
    .map((word) =>
      word.replace(/\w+/, (name) => known[name] ?? (abbreviations.test(name) ? name.toUpperCase() : name)),
    )
    .join(' ');

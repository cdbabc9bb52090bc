import type { Axis } from './figure.js';

const superscripts: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};

/** The largest whole power of ten that is not above |value|. */
export const exponentOf = (value: number): number => Number(Math.abs(value).toExponential().split('e')[1]);

const signed = (text: string) => text.replace(/^-/, '−');

/** 1500000 → '1.5×10⁶', 0.0001 → '10⁻⁴', with the digits that tell neighbours `step` apart apart. */
function scientific(value: number, step: number): string {
  if (value === 0) return '0';
  const digits = Math.min(15, Math.max(0, exponentOf(value) - exponentOf(step)));
  const [mantissa, exponent] = value.toExponential(digits).split('e');
  const power = `10${[...String(Number(exponent))].map((character) => superscripts[character]).join('')}`;
  if (Number(mantissa) === 1) return power;
  return signed(Number(mantissa) === -1 ? `-${power}` : `${mantissa}×${power}`);
}

/** 12500 → '12,500', with the decimals that tell neighbours `step` apart apart. */
function plain(value: number, step: number): string {
  const decimals = Math.min(15, Math.max(0, -exponentOf(step)));
  const [whole, fraction] = value.toFixed(decimals).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return signed(fraction === undefined ? grouped : `${grouped}.${fraction}`);
}

const formats: Record<NonNullable<Axis['format']>, { factor: number; unit: string }> = {
  number: { factor: 1, unit: '' },
  percent: { factor: 100, unit: '%' },
  degrees: { factor: 1, unit: '°' },
};

/** How the ticks of an axis are written, all alike; `stepOf` is the distance from a tick to its neighbours. */
export function tickLabels(
  values: readonly number[],
  { format, stepOf }: { format: NonNullable<Axis['format']>; stepOf: (value: number) => number },
): string[] {
  const { factor, unit } = formats[format];
  const scaled = (value: number) => Number((value * factor).toPrecision(14));
  const shown = values.map((value) => ({ value: scaled(value), step: scaled(stepOf(value)) }));
  const extreme = shown.some(({ value, step }) => Math.abs(value) >= 1e6 || step < 1e-4);
  const write = extreme ? scientific : plain;
  return shown.map(({ value, step }) => `${write(value, step)}${unit}`);
}

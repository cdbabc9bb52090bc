import { html, type Markup } from './report-html.js';
import { numberText, wordsOf } from './typeset.js';

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textOf(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (isRecord(value))
    return Object.entries(value)
      .map(([key, each]) => `${wordsOf(key)} ${textOf(each)}`)
      .join('; ');
  return String(value);
}

/** Settings in words, one a row. */
export const settingsList = (settings: object): Markup =>
  html`<dl>${Object.entries(settings).map(([key, value]) => html`<dt>${wordsOf(key)}</dt><dd>${textOf(value)}</dd>\n`)}</dl>`;

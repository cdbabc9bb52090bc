import { inkColor as ink, mutedColor as muted } from './colors.js';

export const fontFamily = 'DejaVu Sans, Verdana, sans-serif';

/** A kind of text: its size in pixels and its ink. */
export interface TextStyle {
  readonly size: number;
  readonly bold: boolean;
  readonly color: string;
}

/** Every kind of text in a figure. */
export const textStyles = {
  title: { size: 18, bold: true, color: ink },
  subtitle: { size: 13, bold: false, color: muted },
  legend: { size: 13, bold: false, color: ink },
  panelTitle: { size: 14, bold: true, color: ink },
  axisLabel: { size: 13, bold: false, color: ink },
  tick: { size: 12, bold: false, color: muted },
  name: { size: 12, bold: false, color: ink },
  reference: { size: 12, bold: false, color: muted },
  source: { size: 11, bold: false, color: muted },
} as const satisfies Record<string, TextStyle>;

/** Pixels from one line of text to the next. */
export const lineHeight = ({ size }: TextStyle): number => Math.ceil(size * 1.35);

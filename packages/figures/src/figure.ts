/** A figure as plain data: a title and panels side by side, in rows of at most two. */
export interface Figure {
  readonly title: string;
  /** One muted sentence under the title: what was run, how often. */
  readonly subtitle?: string;
  /** Where the numbers come from: small print at the bottom. */
  readonly source?: string;
  readonly panels: readonly (Panel | MatrixPanel)[];
}

/** One pair of axes with its lines. Panels of a figure whose axes have the same label, kind and format share their ticks. A panel without a point that can be drawn says 'no data'. */
export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** Values of y to compare with, such as chance: thin dashed lines over the whole width, named at their right end. */
  readonly references?: readonly Reference[];
}

/**
 * A picture of a matrix: a cell for each number, row 0 on top, its colour the number's sign and its strength the magnitude.
 * Cells are stretched to the plot. What is not finite, or missing in a row, is grey.
 */
export interface MatrixPanel {
  readonly title: string;
  /** Rows of numbers. */
  readonly matrix: readonly (readonly number[])[];
  /** What the rows are; they are counted from 0. */
  readonly rows: string;
  readonly columns: string;
  /** What the numbers are and, where they have one, their unit: it stands at the bar of colours. */
  readonly value: string;
  /** The magnitude that is drawn in full colour, and so are those above it. Default: the largest. */
  readonly limit?: number;
}

/** What an axis shows and how. */
export interface Axis {
  /** The quantity and, where `format` does not show it, its unit: 'time (s)'. */
  readonly label: string;
  /** [low, high] in units of the data; what lies outside is clipped. Default, also if not low < high: wide enough for all data. */
  readonly range?: readonly [low: number, high: number];
  /** On a log axis values ≤ 0 are gaps. Default 'linear'. */
  readonly scale?: 'linear' | 'log';
  /** How ticks are written: 0.5 as '0.5', '50%' or '0.5°'. Default 'number'. */
  readonly format?: 'number' | 'percent' | 'degrees';
}

/**
 * Points joined in the order given. Lines alike in name and rule look alike in every panel. A line's name stands at its end,
 * or where names are many, long or alike, in a legend.
 */
export interface Line {
  /** Of a line without a name nothing is written. */
  readonly name: string;
  /** Chooses the colour; lines of one rule differ by dash or marker. Default: `name`. */
  readonly rule?: string;
  /** A point that is not finite is a gap; a point alone is a dot. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Default: only the rule 'frozen' is dashed. */
  readonly dashed?: boolean;
  /** Grey, thin, behind the others and without a name: what is there to compare with. Default false. */
  readonly muted?: boolean;
  /** A shaded area around the line, such as mean ± s.d. over seeds. On a log axis low ≤ 0 reaches the axis. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
}

/** A value of y that lines are compared with. It widens an automatic range; outside a given one it is left out. */
export interface Reference {
  readonly value: number;
  readonly label: string;
}

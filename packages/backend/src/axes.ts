/**
 * The axes of a tensor, as symbols that mean the same size wherever they stand in one signature:
 *
 * - `'m k'`: two axes
 * - `'… n'`: any axes, and then one; `'…s'`: any axes, the same ones wherever `…s` stands
 * - `'~s'`: axes that broadcast against those of `…s`
 * - `'n?'`: the tensor may be left out
 */
export type Axes = string;

interface Words {
  readonly isOptional: boolean;
  /** The name of the axes that it broadcasts against. */
  readonly broadcasts?: string;
  /** The name of leading axes of any number, '' where they are nobody else's. */
  readonly spread?: string;
  readonly names: readonly string[];
}

function wordsOf(text: Axes): Words {
  const isOptional = text.endsWith('?');
  const words = (isOptional ? text.slice(0, -1) : text).split(' ').filter((word) => word !== '');
  const [first = ''] = words;
  if (first.startsWith('~')) return { isOptional, broadcasts: first.slice(1), names: [] };
  if (first.startsWith('…')) return { isOptional, spread: first.slice(1), names: words.slice(1) };
  return { isOptional, names: words };
}

/** The axes of one role, each symbol as its number in the signature; -1 for none. */
export interface Pattern {
  readonly role: string;
  readonly isOptional: boolean;
  readonly broadcasts: number;
  /** Whether leading axes of any number stand before the others. */
  readonly isSpread: boolean;
  readonly spread: number;
  readonly axes: readonly number[];
}

const compiled = new WeakMap<object, readonly Pattern[]>();

/** What is to be matched for each role, made once for each object. */
export function patternsOf(takes: Readonly<Record<string, Axes>>): readonly Pattern[] {
  let patterns = compiled.get(takes);
  if (!patterns) {
    const symbols: string[] = [];
    const numberOf = (symbol: string | undefined) => {
      if (!symbol) return -1;
      if (!symbols.includes(symbol)) symbols.push(symbol);
      return symbols.indexOf(symbol);
    };
    patterns = Object.entries(takes).map(([role, text]) => {
      const { isOptional, broadcasts, spread, names } = wordsOf(text);
      return {
        role,
        isOptional,
        broadcasts: numberOf(broadcasts && `…${broadcasts}`),
        isSpread: spread !== undefined,
        spread: numberOf(spread && `…${spread}`),
        axes: names.map(numberOf),
      };
    });
    compiled.set(takes, patterns);
  }
  return patterns;
}

// What the symbols of the signature at hand stand for, and in which match they were set; matching never calls out, so that
// one of each serves all.
let match = 0;
const sizes: number[] = [];
const sizesSet: number[] = [];
const spreads: (readonly number[])[] = [];
const spreadsSet: number[] = [];

/** Forgets what symbols stood for. */
export function beginMatch(): void {
  match++;
}

export const isSameShape = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Whether a shape is one that the pattern means, beside those that were matched since `beginMatch`. */
export function matches({ broadcasts, isSpread, spread, axes }: Pattern, shape: readonly number[]): boolean {
  if (broadcasts >= 0) {
    const against = spreadsSet[broadcasts] === match ? spreads[broadcasts] : [];
    const ahead = against.length - shape.length;
    return ahead >= 0 && shape.every((size, axis) => size === 1 || size === against[axis + ahead]);
  }
  const ahead = shape.length - axes.length;
  if (isSpread ? ahead < 0 : ahead !== 0) return false;
  if (spread >= 0) {
    const leading = axes.length === 0 ? shape : shape.slice(0, ahead);
    if (spreadsSet[spread] !== match) {
      spreads[spread] = leading;
      spreadsSet[spread] = match;
    } else if (!isSameShape(spreads[spread], leading)) return false;
  }
  for (let i = 0; i < axes.length; i++) {
    const size = shape[ahead + i];
    const symbol = axes[i];
    if (sizesSet[symbol] !== match) {
      sizes[symbol] = size;
      sizesSet[symbol] = match;
    } else if (sizes[symbol] !== size) return false;
  }
  return true;
}

export const written = (shape: readonly (number | string)[]) => `[${shape.join(', ')}]`;

/** Axes for people to read. */
export function axesWritten(text: Axes): string {
  const { broadcasts, spread, names, isOptional } = wordsOf(text);
  const what =
    broadcasts !== undefined
      ? `that broadcasts against …${broadcasts}`
      : written(spread === undefined ? names : [`…${spread}`, ...names]);
  return isOptional ? `${what} or none` : what;
}

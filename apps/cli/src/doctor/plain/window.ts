import { sizeOf, type Values, zeros } from '../values.js';

/** How a window moves over the axes of an image: one of each for a sequence, two for an image, three for a volume. */
export interface Window {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations?: readonly number[];
  readonly padding: 'same' | 'valid';
}

/** A place within the window and the place of the input that lies there. */
type Pair = readonly [window: number, input: number];

interface Moves {
  /** How many places there are along each axis of the output. */
  readonly output: readonly number[];
  /** For each place of the output what lies within its window, padding left out. */
  readonly pairs: readonly (readonly Pair[])[];
}

function alongAxis(input: number, size: number, stride: number, dilation: number, padding: 'same' | 'valid') {
  const reach = (size - 1) * dilation + 1;
  const output = padding === 'same' ? Math.ceil(input / stride) : Math.ceil((input - reach + 1) / stride);
  const padded = padding === 'same' ? Math.max(0, (output - 1) * stride + reach - input) : 0;
  return Array.from({ length: output }, (_, place) =>
    Array.from(
      { length: size },
      (_, k): Pair => [k, place * stride - Math.floor(padded / 2) + k * dilation],
    ).filter(([, at]) => at >= 0 && at < input),
  );
}

function moves(input: readonly number[], { size, strides, dilations, padding }: Window): Moves {
  const axes = input.map((length, i) => alongAxis(length, size[i], strides[i], dilations?.[i] ?? 1, padding));
  /** Places of two axes as places of both, the second the inner one. */
  const crossed = (outer: readonly Pair[], inner: readonly Pair[], i: number) =>
    outer.flatMap(([window, at]) =>
      inner.map(([nextWindow, nextAt]): Pair => [window * size[i] + nextWindow, at * input[i] + nextAt]),
    );
  const pairs = axes.reduce((before, axis, i) =>
    i === 0 ? axis : before.flatMap((outer) => axis.map((inner) => crossed(outer, inner, i))),
  );
  return { output: axes.map((axis) => axis.length), pairs };
}

/** x ∗ K, channels last: x [N, …axes, in], K [...axes, in, out] → [N, …axes′, out]. */
export function convolution(x: Values, kernel: Values, window: Omit<Window, 'size'>): Values {
  const axes = x.shape.slice(1, -1);
  const [channels, filters] = kernel.shape.slice(-2);
  const { output, pairs } = moves(axes, { ...window, size: kernel.shape.slice(0, -2) });
  const y = zeros([x.shape[0], ...output, filters]);
  for (let n = 0; n < x.shape[0]; n++) {
    pairs.forEach((within, place) => {
      const to = (n * pairs.length + place) * filters;
      for (const [k, at] of within) {
        const from = (n * sizeOf(axes) + at) * channels;
        for (let c = 0; c < channels; c++) {
          const value = x.numbers[from + c];
          const weights = (k * channels + c) * filters;
          for (let f = 0; f < filters; f++) y.numbers[to + f] += value * kernel.numbers[weights + f];
        }
      }
    });
  }
  return y;
}

/** The transpose of `convolution`: x [N, …axes′, out], K [...axes, in, out] → [N, …axes, in]. */
export function transposedConvolution(
  x: Values,
  kernel: Values,
  window: Omit<Window, 'size'>,
  axes: readonly number[],
): Values {
  const [channels, filters] = kernel.shape.slice(-2);
  const { pairs } = moves(axes, { ...window, size: kernel.shape.slice(0, -2) });
  const y = zeros([x.shape[0], ...axes, channels]);
  for (let n = 0; n < x.shape[0]; n++) {
    pairs.forEach((within, place) => {
      const from = (n * pairs.length + place) * filters;
      for (const [k, at] of within) {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let f = 0; f < filters; f++) {
            sum += x.numbers[from + f] * kernel.numbers[(k * channels + c) * filters + f];
          }
          y.numbers[(n * sizeOf(axes) + at) * channels + c] += sum;
        }
      }
    });
  }
  return y;
}

/** Each channel by kernels of its own: x [N, h, w, c], K [kh, kw, c, m] → [N, h′, w′, c·m]. */
export function depthwiseConvolution(x: Values, kernel: Values, window: Omit<Window, 'size'>): Values {
  const axes = x.shape.slice(1, -1);
  const [channels, multiplier] = kernel.shape.slice(-2);
  const { output, pairs } = moves(axes, { ...window, size: kernel.shape.slice(0, -2) });
  const outputs = channels * multiplier;
  const y = zeros([x.shape[0], ...output, outputs]);
  for (let n = 0; n < x.shape[0]; n++) {
    pairs.forEach((within, place) => {
      for (const [k, at] of within) {
        for (let out = 0; out < outputs; out++) {
          const value = x.numbers[(n * sizeOf(axes) + at) * channels + Math.floor(out / multiplier)];
          y.numbers[(n * pairs.length + place) * outputs + out] += value * kernel.numbers[k * outputs + out];
        }
      }
    });
  }
  return y;
}

/** One number of what lies within each window: [N, …axes, c] → [N, …axes′, c]. */
function pooled(x: Values, window: Window, reduce: (numbers: readonly number[]) => number): Values {
  const axes = x.shape.slice(1, -1);
  const channels = x.shape[x.shape.length - 1];
  const { output, pairs } = moves(axes, window);
  const y = zeros([x.shape[0], ...output, channels]);
  for (let n = 0; n < x.shape[0]; n++) {
    pairs.forEach((within, place) => {
      for (let c = 0; c < channels; c++) {
        const numbers = within.map(([, at]) => x.numbers[(n * sizeOf(axes) + at) * channels + c]);
        y.numbers[(n * pairs.length + place) * channels + c] = reduce(numbers);
      }
    });
  }
  return y;
}

export const maxPool = (x: Values, window: Window): Values =>
  pooled(x, window, (numbers) => Math.max(...numbers));

/** The mean, padding left out. */
export const averagePool = (x: Values, window: Window): Values =>
  pooled(x, window, (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length);

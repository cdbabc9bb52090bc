import type { Loop } from './numbers.js';
import { everyWindow, type PoolingOfTfjs, type Windows, windowsOver } from './windows.js';

/** Where the largest of a window's elements lies, the first of equals; −1 in a window of padding alone. */
function largest(x: Float32Array, elements: Int32Array, count: number, channel: number): number {
  let best = -1;
  for (let i = 0; i < count; i++) {
    const at = elements[i] + channel;
    if (best < 0 || x[at] > x[best]) best = at;
  }
  return best;
}

const outputOf = ({ batch, places, channels }: Windows) =>
  new Float32Array(batch * places[0] * places[1] * places[2] * channels);

const shapeOf = ({ batch, places, channels }: Windows, rank: number) => [
  batch,
  ...(rank === 4 ? places.slice(1) : places),
  channels,
];

/** The largest of each window. */
export const maxPoolLoop: Loop<PoolingOfTfjs> = ({ x }, inputs, attributes) => {
  const windows = windowsOver(inputs.x.shape, attributes);
  const values = outputOf(windows);
  everyWindow(windows, (output, elements, count) => {
    for (let c = 0; c < windows.channels; c++) values[output + c] = x[largest(x, elements, count, c)];
  });
  return { shape: shapeOf(windows, inputs.x.shape.length), values };
};

/** The mean of each window's elements that are not padding. */
export const averagePoolLoop: Loop<PoolingOfTfjs> = ({ x }, inputs, attributes) => {
  const windows = windowsOver(inputs.x.shape, attributes);
  const values = outputOf(windows);
  everyWindow(windows, (output, elements, count) => {
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < windows.channels; c++) values[output + c] += x[elements[i] + c] / count;
    }
  });
  return { shape: shapeOf(windows, inputs.x.shape.length), values };
};

/** Each window's signal goes to the first of its largest elements, of whatever sign they are. */
export const maxPoolGradientLoop: Loop<PoolingOfTfjs> = ({ dy, input }, inputs, attributes) => {
  const windows = windowsOver(inputs.input.shape, attributes);
  const values = new Float32Array(input.length);
  everyWindow(windows, (output, elements, count) => {
    for (let c = 0; c < windows.channels; c++) {
      const at = largest(input, elements, count, c);
      if (at >= 0) values[at] += dy[output + c];
    }
  });
  return { shape: inputs.input.shape, values };
};

/** Each window's signal is shared by those of its elements that are not padding, as its mean was. */
export const averagePoolGradientLoop: Loop<PoolingOfTfjs> = ({ dy, input }, inputs, attributes) => {
  const windows = windowsOver(inputs.input.shape, attributes);
  const values = new Float32Array(input.length);
  everyWindow(windows, (output, elements, count) => {
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < windows.channels; c++) values[elements[i] + c] += dy[output + c] / count;
    }
  });
  return { shape: inputs.input.shape, values };
};

import type { Loop } from './numbers.js';

interface ResizingOfTfjs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** From which elements of the old axis an element of the new one is mixed: `low`, and `share` of it from `high`. */
interface Mix {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

type Mixing = (position: number, last: number, given: ResizingOfTfjs) => Mix;

const nearest: Mixing = (position, last, { alignCorners }) => {
  const at = Math.max(0, Math.min(last, alignCorners ? Math.round(position) : Math.floor(position)));
  return { low: at, high: at, share: 0 };
};

const bilinear: Mixing = (position, last, { halfPixelCenters }) => {
  const from = halfPixelCenters ? position - 0.5 : position;
  const low = Math.max(0, Math.floor(from));
  return { low, high: Math.max(0, Math.min(last, Math.ceil(from))), share: from - low };
};

function mixes(mixing: Mixing, from: number, to: number, given: ResizingOfTfjs): Mix[] {
  const aligned = given.alignCorners && to > 1 ? 1 : 0;
  const ratio = (from - aligned) / (to - aligned);
  const centre = given.halfPixelCenters ? 0.5 : 0;
  return Array.from({ length: to }, (_, i) => mixing(ratio * (i + centre), from - 1, given));
}

/** Each new pixel's signal goes back to the pixels that it was mixed from, in the same shares. */
const resizeGradientLoop =
  (mixing: Mixing): Loop<ResizingOfTfjs> =>
  ({ dy }, inputs, attributes) => {
    const { shape } = inputs.images;
    const [batch, height, width, channels] = shape;
    const rows = mixes(mixing, height, inputs.dy.shape[1], attributes);
    const columns = mixes(mixing, width, inputs.dy.shape[2], attributes);
    const values = new Float32Array(batch * height * width * channels);
    let from = 0;
    const add = (n: number, row: number, column: number, share: number) => {
      if (share === 0) return;
      const to = ((n * height + row) * width + column) * channels;
      for (let c = 0; c < channels; c++) values[to + c] += share * dy[from + c];
    };
    for (let n = 0; n < batch; n++) {
      for (const row of rows) {
        for (const column of columns) {
          add(n, row.low, column.low, (1 - row.share) * (1 - column.share));
          add(n, row.low, column.high, (1 - row.share) * column.share);
          add(n, row.high, column.low, row.share * (1 - column.share));
          add(n, row.high, column.high, row.share * column.share);
          from += channels;
        }
      }
    }
    return { shape, values };
  };

export const nearestGradientLoop = resizeGradientLoop(nearest);
export const bilinearGradientLoop = resizeGradientLoop(bilinear);

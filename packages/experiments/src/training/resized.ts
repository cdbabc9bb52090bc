import type { Examples } from '@feedalign/datasets';

/**
 * Grey images as others of `side`×`side`, by bilinear interpolation between the centres of pixels, rounded to bytes: as image
 * libraries enlarge them. Values keep their scale and offset.
 */
export function resized(examples: Examples, side: number): Examples {
  const { inputs: from, inputShape, indices, count } = examples;
  const [height, width] = inputShape;
  const [rows, columns] = [places(height, side), places(width, side)];
  const inputs = new Uint8Array(count * side * side);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const image = (indices ? indices[i] : i) * height * width;
    for (const [top, bottom, down] of rows) {
      for (const [left, right, along] of columns) {
        const mix = (row: number) =>
          from[image + row * width + left] * (1 - along) + from[image + row * width + right] * along;
        inputs[at++] = Math.round(mix(top) * (1 - down) + mix(bottom) * down);
      }
    }
  }
  const labels = examples.labels.slice(0, count).map((_, i) => examples.labels[indices ? indices[i] : i]);
  return { ...examples, inputs, labels, indices: undefined, inputShape: [side, side, 1] };
}

/** Of each new pixel: the two old ones beside its centre, and how far it lies towards the second. */
const places = (size: number, side: number): (readonly [first: number, second: number, share: number])[] =>
  Array.from({ length: side }, (_, i) => {
    const centre = Math.min(size - 1, Math.max(0, ((i + 0.5) * size) / side - 0.5));
    const first = Math.floor(centre);
    return [first, Math.min(size - 1, first + 1), centre - first] as const;
  });

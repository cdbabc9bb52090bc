import type { Fans, Parameter } from '@feedalign/core';
import type { Layer } from './adapter.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);
const axesOf = ({ variable: { shape } }: Parameter) => ({
  window: sizeOf(shape.slice(0, -2)),
  last: shape.at(-1) ?? 1,
  before: shape.at(-2) ?? 1,
});

/** […window, channels, filters for each]: a channel's filters see that channel alone. */
export function depthwiseFans(kernel: Parameter): Fans {
  const { window, last } = axesOf(kernel);
  return { fanIn: window, fanOut: window * last };
}

/** […window, out, in] */
function transposedFans(kernel: Parameter): Fans {
  const { window, last, before } = axesOf(kernel);
  return { fanIn: window * last, fanOut: window * before };
}

const transposed: readonly string[] = ['Conv2DTranspose', 'Conv3DTranspose'];

/**
 * The fans of a layer's kernel that is not laid out as […window, in, out]; a layer of one's own says them as `kernelFans`
 * when it is built.
 */
export function fansOf(layer: Layer, kernel: Parameter | undefined): Fans | undefined {
  const { kernelFans, layer: wrapped } = layer as { kernelFans?: Fans; layer?: Layer };
  if (wrapped) return fansOf(wrapped, kernel);
  if (!kernel || kernelFans) return kernelFans;
  if (kernel.name.endsWith('/depthwise_kernel')) return depthwiseFans(kernel);
  return transposed.includes(layer.getClassName()) ? transposedFans(kernel) : undefined;
}

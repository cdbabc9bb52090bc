import { backend_util, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';

type Four = [number, number, number, number];

interface ConvolutionOfTfjs {
  readonly strides: number | [number, number];
  /** The depthwise layer passes null. */
  readonly dilations?: number | [number, number] | null;
  readonly pad: unknown;
}

/**
 * The stock convolution, told its padding in numbers where `same` means that the last window ends before the input
 * does. Told `same` there, XNNPACK refuses, and tfjs' kernel goes on with a result in which nothing was written.
 */
export const paddingInNumbers =
  (isDepthwise: boolean) =>
  (stock: KernelFunc): KernelFunc =>
  (given) => {
    const { x, filter } = given.inputs as Record<string, TensorInfo>;
    const { strides, dilations, pad } = given.attrs as unknown as ConvolutionOfTfjs;
    if (pad !== 'same') return stock(given);
    const shapes = [x.shape as Four, filter.shape as Four] as const;
    const info = backend_util.computeConv2DInfo(
      ...shapes,
      strides,
      dilations ?? 1,
      'same',
      undefined,
      isDepthwise,
    );
    const rowsLeft = info.inHeight - ((info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight);
    const columnsLeft = info.inWidth - ((info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth);
    if (rowsLeft <= 0 && columnsLeft <= 0) return stock(given);
    const { top, bottom, left, right } = info.padInfo;
    const numbers = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    return stock({ ...given, attrs: { ...given.attrs, pad: numbers } });
  };

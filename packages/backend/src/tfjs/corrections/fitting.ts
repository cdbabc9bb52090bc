import { backend_util, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { refuseWindow } from '../../whole-windows.js';

/** What tfjs passes to its convolutions and poolings. */
interface Attributes {
  readonly strides: number | number[];
  readonly pad: unknown;
  readonly dilations?: number | number[] | null;
  readonly dataFormat?: string;
  readonly filterSize?: number | number[];
}

interface Info {
  readonly inDepth?: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outDepth?: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly effectiveFilterDepth?: number;
  readonly effectiveFilterHeight: number;
  readonly effectiveFilterWidth: number;
}

type InfoOf = (...given: unknown[]) => Info;
const { computeConv2DInfo, computeConv3DInfo, computePool2DInfo, computePool3DInfo } =
  backend_util as unknown as Record<string, InfoOf>;

function infoOf(inputs: Readonly<Record<string, TensorInfo>>, attributes: Attributes): Info {
  const { x, filter } = inputs;
  const { strides, pad, dilations, filterSize, dataFormat } = attributes;
  const isImage = x.shape.length === 4;
  if (filterSize !== undefined) {
    return (isImage ? computePool2DInfo : computePool3DInfo)(x.shape, filterSize, strides, 1, pad);
  }
  const format = dataFormat === 'NCHW' || dataFormat === 'NCDHW' ? 'channelsFirst' : 'channelsLast';
  const given = [x.shape, filter.shape, strides, dilations ?? 1, pad];
  return isImage
    ? computeConv2DInfo(...given, undefined, false, format)
    : computeConv3DInfo(...given, false, format);
}

const sizes = (...each: (number | undefined)[]) => each.filter((size) => size !== undefined);

/** Refuses a window that goes beyond what it is to pass over, of which tfjs makes tensors of less than no rows. */
export const fitting =
  (name: string) =>
  (next: KernelFunc): KernelFunc =>
  (given) => {
    const attributes = given.attrs as unknown as Attributes;
    if (attributes.pad !== 'same') {
      const info = infoOf(given.inputs as unknown as Readonly<Record<string, TensorInfo>>, attributes);
      const places = [info.outDepth ?? 1, info.outHeight, info.outWidth];
      const isEmpty = [info.inDepth ?? 1, info.inHeight, info.inWidth].some((size) => size === 0);
      if (!isEmpty && places.some((count) => count <= 0)) {
        const { effectiveFilterDepth, effectiveFilterHeight, effectiveFilterWidth } = info;
        refuseWindow(
          name,
          sizes(effectiveFilterDepth, effectiveFilterHeight, effectiveFilterWidth),
          sizes(info.inDepth, info.inHeight, info.inWidth),
        );
      }
    }
    return next(given);
  };

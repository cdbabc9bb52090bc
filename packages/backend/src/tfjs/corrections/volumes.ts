import { backend_util, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';

type Five = [number, number, number, number, number];
type Info = ReturnType<typeof backend_util.computeConv3DInfo>;

/**
 * tfjs' account of windows over a volume with the padding that `same` means: where strides are beyond the window, tfjs finds
 * less than none, and moves the windows into the input.
 */
export function withoutNegativePadding(info: Info): Info {
  const { front, back, top, bottom, left, right, type } = info.padInfo;
  const atLeastNone = [front, back, top, bottom, left, right].map((padding) => Math.max(0, padding));
  const [f, b, t, m, l, r] = atLeastNone;
  return { ...info, padInfo: { front: f, back: b, top: t, bottom: m, left: l, right: r, type } };
}

/** What tfjs passes to its kernels over volumes. */
interface Attributes {
  readonly strides: number | [number, number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dilations?: number | [number, number, number] | null;
  readonly filterSize?: number | [number, number, number];
  readonly inputShape?: Five;
  readonly filterShape?: Five;
}

/** Whether `same` skips some of the input between its windows, which tfjs pads by less than none. */
function isSkipping(inputs: Readonly<Record<string, TensorInfo>>, attributes: Attributes): boolean {
  const { strides, pad, dilations, filterSize, inputShape, filterShape } = attributes;
  if (pad !== 'same') return false;
  const input = (inputShape ?? (inputs.input ?? inputs.x).shape) as Five;
  const { padInfo } =
    filterSize === undefined
      ? backend_util.computeConv3DInfo(
          input,
          (filterShape ?? inputs.filter.shape) as Five,
          strides,
          dilations ?? 1,
          'same',
        )
      : backend_util.computePool3DInfo(input, filterSize, strides, 1, 'same');
  return Math.min(padInfo.front, padInfo.top, padInfo.left) < 0;
}

/** The right kernel where `same` skips, else the one that was there. */
export const whereSkipping =
  (right: (stock: KernelFunc) => KernelFunc) =>
  (stock: KernelFunc): KernelFunc => {
    const corrected = right(stock);
    return (given) => {
      const inputs = given.inputs as unknown as Readonly<Record<string, TensorInfo>>;
      return isSkipping(inputs, given.attrs as unknown as Attributes) ? corrected(given) : stock(given);
    };
  };

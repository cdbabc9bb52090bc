import {
  avgPool3d,
  conv2d,
  conv3d,
  engine,
  type GradConfig,
  type NamedTensorMap,
  type Tensor,
  type Tensor4D,
  type Tensor5D,
} from '@tensorflow/tfjs-core';

interface Window {
  readonly strides: [number, number];
  readonly pad: 'valid' | 'same';
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor';
}
interface Volume {
  readonly filterSize: [number, number, number];
  readonly strides: [number, number, number];
  readonly pad: 'valid' | 'same';
}
interface Resizing {
  readonly alignCorners?: boolean;
  readonly halfPixelCenters?: boolean;
}

const run = (kernelName: string, inputs: object, attributes: object = {}) =>
  engine().runKernel(kernelName, inputs as NamedTensorMap, attributes as never) as Tensor;

/** A gradient by some inputs: given its own signal c, those inputs in order, and the kernel's attributes. */
function gradientOf<A>(
  kernelName: string,
  inputsToSave: string[],
  by: (c: Tensor, inputs: readonly Tensor[], attributes: A) => Readonly<Record<string, () => Tensor>>,
): GradConfig {
  return {
    kernelName,
    inputsToSave,
    gradFunc: (signal, saved, attributes) => by(signal as Tensor, saved, attributes as never),
  };
}

const resized = (kernelName: string) =>
  gradientOf<Resizing>(`${kernelName}Grad`, ['dy'], (c, [dy], { alignCorners, halfPixelCenters }) => ({
    dy: () => run(kernelName, { images: c }, { alignCorners, halfPixelCenters, size: dy.shape.slice(1, 3) }),
  }));

/**
 * Gradients of kernels that carry a signal back, by that signal, in which each of them is linear: tfjs lacks them, and so
 * could not carry a change up through the layers that have no adapter. By their other inputs where that is as simple.
 */
export const gradientsOfTheWayBack: readonly GradConfig[] = [
  gradientOf<Window>('Conv2DBackpropFilter', ['x', 'dy'], (c, [x, dy], window) => {
    const { strides, pad, dataFormat, dimRoundingMode } = window;
    return {
      x: () => run('Conv2DBackpropInput', { dy, filter: c }, { ...window, inputShape: x.shape }),
      dy: () => conv2d(x as Tensor4D, c as Tensor4D, strides, pad, dataFormat, 1, dimRoundingMode),
    };
  }),
  gradientOf<Volume>('Conv3DBackpropFilterV2', ['x', 'dy'], (c, [x, dy], { strides, pad }) => ({
    x: () => run('Conv3DBackpropInputV2', { dy, filter: c }, { strides, pad, inputShape: x.shape }),
    dy: () => conv3d(x as Tensor5D, c as Tensor5D, strides, pad),
  })),
  gradientOf<Volume>('AvgPool3DGrad', [], (c, _inputs, { filterSize, strides, pad }) => ({
    dy: () => avgPool3d(c as Tensor5D, filterSize, strides, pad),
  })),
  gradientOf('EluGrad', ['y'], (c, [y]) => ({ dy: () => run('EluGrad', { dy: c, y }) })),
  resized('ResizeBilinear'),
  resized('ResizeNearestNeighbor'),
];

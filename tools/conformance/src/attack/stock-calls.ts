import type { Call, Operand } from './call.js';
import type { Dice } from './dice.js';
import { aPool, aPool3d, aWindow } from './windows.js';

type Row = (chance: Dice) => Call;

const some = (shape: readonly number[], more: Partial<Operand> = {}): Operand => ({ shape, ...more });
const maybe = (chance: Dice, inputs: Record<string, Operand>) => (chance.chance(0.5) ? inputs : {});
/** As tfjs' fused kernels know them. */
const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu'];

/** What tfjs gives to a convolution beside its tensors. */
const convolved = (
  { strides, dilations, padding }: ReturnType<typeof aWindow>,
  more: Readonly<Record<string, unknown>> = {},
) => ({ strides, dilations, pad: padding, dataFormat: 'NHWC', ...more });

const fusedBy = (chance: Dice, channels: number) => {
  const activation = chance.pick(activations);
  return {
    inputs: {
      ...maybe(chance, { bias: some([channels]) }),
      ...(activation === 'prelu' && { preluActivationWeights: some([1, 1, channels]) }),
    },
    attributes: { activation, ...(activation === 'leakyrelu' && { leakyreluAlpha: 0.2 }) },
  };
};

const forward =
  (isDepthwise: boolean, isFused: boolean): Row =>
  (chance) => {
    const window = aWindow(chance, isDepthwise);
    const fused = fusedBy(chance, window.y[3]);
    return {
      inputs: { x: some(window.x), filter: some(window.kernel), ...(isFused && fused.inputs) },
      attributes: convolved(window, isFused ? fused.attributes : {}),
    };
  };
/** Only depthwise gradients are told of dilations, which then are one. */
const gradientOf = (
  window: ReturnType<typeof aWindow>,
  isDepthwise: boolean,
  more: Record<string, unknown>,
) => {
  const { dilations: _, ...attributes } = convolved(window, more);
  return isDepthwise ? { ...attributes, dilations: 1 } : attributes;
};
const byInput =
  (isDepthwise: boolean): Row =>
  (chance) => {
    // tfjs' gradients know no dilation.
    const window = aWindow(chance, isDepthwise, false);
    return {
      inputs: { dy: some(window.y), filter: some(window.kernel) },
      attributes: gradientOf(window, isDepthwise, { inputShape: window.x }),
    };
  };
const byFilter =
  (isDepthwise: boolean): Row =>
  (chance) => {
    const window = aWindow(chance, isDepthwise, false);
    return {
      inputs: { x: some(window.x), dy: some(window.y) },
      attributes: gradientOf(window, isDepthwise, { filterShape: window.kernel }),
    };
  };
const pooledInputs = (x: number[], y: number[], isBackward: boolean): Record<string, Operand> =>
  isBackward ? { dy: some(y), input: some(x), output: some(y) } : { x: some(x) };
const pooled =
  (isBackward: boolean): Row =>
  (chance) => {
    const { x, y, poolSize, strides, padding } = aPool(chance);
    return {
      inputs: pooledInputs(x, y, isBackward),
      attributes: { filterSize: poolSize, strides, pad: padding },
    };
  };
const pooled3d =
  (isBackward: boolean): Row =>
  (chance) => {
    const { x, y, ...attributes } = aPool3d(chance);
    return {
      inputs: pooledInputs(x, y, isBackward),
      attributes: { ...attributes, dataFormat: 'NDHWC' },
    };
  };
const unary: Row = (chance) => ({
  inputs: { x: some(chance.shape(chance.int(0, 4), 6)) },
  attributes: {},
});
const positive: Row = (chance) => ({
  inputs: { x: some(chance.shape(chance.int(0, 4), 6), { values: 'positive' }) },
  attributes: {},
});
/** Two tensors that broadcast. */
const binary: Row = (chance) => {
  const shape = chance.shape(chance.int(0, 4), 5);
  const less = () => {
    const all = shape.map((size) => (chance.chance(0.3) ? 1 : size));
    return chance.chance(0.3) ? all.slice(chance.int(0, all.length)) : chance.chance(0.5) ? shape : all;
  };
  return { inputs: { a: some(less()), b: some(less(), { values: 'positive' }) }, attributes: {} };
};
const summed: Row = (chance) => {
  const shape = chance.shape(chance.int(1, 4), 6);
  const all = shape.map((_, axis) => axis);
  const cut = chance.int(0, shape.length);
  const axis = chance.pick([null, all.slice(0, cut), all.slice(cut), [chance.pick(all)], chance.pick(all)]);
  return { inputs: { x: some(shape) }, attributes: { axis, keepDims: chance.chance(0.5) } };
};
const matrices = (chance: Dice, rank: number) => {
  const [m, k, n] = chance.shape(3, 8);
  const batch = chance.shape(rank - 2, 3);
  const [transposeA, transposeB] = [chance.chance(0.5), chance.chance(0.5)];
  return {
    n,
    inputs: {
      a: some([...batch, ...(transposeA ? [k, m] : [m, k])]),
      b: some([...batch, ...(transposeB ? [n, k] : [k, n])]),
    },
    attributes: { transposeA, transposeB },
  };
};

/** Right calls of the kernels of tfjs' that wasm-training replaces. */
export const stockCalls: Readonly<Record<string, Row>> = {
  // Kernels take matrices and lists of them: tfjs' matMul sees to that.
  BatchMatMul: (chance) => {
    const { inputs, attributes } = matrices(chance, 3);
    return { inputs, attributes };
  },
  _FusedMatMul: (chance) => {
    const { n, inputs, attributes } = matrices(chance, 3);
    const activation = chance.pick(activations);
    return {
      inputs: {
        ...inputs,
        ...maybe(chance, { bias: some([n]) }),
        ...(activation === 'prelu' && { preluActivationWeights: some([1, n]) }),
      },
      attributes: { ...attributes, activation, ...(activation === 'leakyrelu' && { leakyreluAlpha: 0.2 }) },
    };
  },
  Conv2D: forward(false, false),
  FusedConv2D: forward(false, true),
  Conv2DBackpropInput: byInput(false),
  Conv2DBackpropFilter: byFilter(false),
  DepthwiseConv2dNative: forward(true, false),
  FusedDepthwiseConv2D: forward(true, true),
  DepthwiseConv2dNativeBackpropInput: byInput(true),
  DepthwiseConv2dNativeBackpropFilter: byFilter(true),
  MaxPool: pooled(false),
  AvgPool: pooled(false),
  MaxPoolGrad: pooled(true),
  AvgPoolGrad: pooled(true),
  MaxPool3D: pooled3d(false),
  AvgPool3D: pooled3d(false),
  MaxPool3DGrad: pooled3d(true),
  AvgPool3DGrad: pooled3d(true),
  Tanh: unary,
  Softplus: unary,
  Neg: unary,
  Abs: unary,
  Sign: unary,
  Square: unary,
  Sqrt: positive,
  Floor: unary,
  ZerosLike: unary,
  OnesLike: unary,
  Add: binary,
  Sub: binary,
  Multiply: binary,
  RealDiv: binary,
  Cast: (chance) => ({
    inputs: {
      x: some(chance.shape(chance.int(0, 4), 6), { dtype: chance.pick(['float32', 'int32', 'bool']) }),
    },
    attributes: { dtype: chance.pick(['float32', 'int32', 'bool']) },
  }),
  Sum: summed,
  Mean: summed,
  UnsortedSegmentSum: (chance) => {
    const shape = chance.shape(chance.int(1, 3), 6);
    const numSegments = chance.int(1, 6);
    return {
      inputs: {
        x: some(shape),
        segmentIds: some(shape.slice(0, 1), { dtype: 'int32', values: numSegments }),
      },
      attributes: { numSegments },
    };
  },
  GatherV2: (chance) => {
    const shape = chance.shape(chance.int(1, 3), 6);
    const axis = chance.chance(0.8) ? 0 : chance.int(0, shape.length - 1);
    const indices = some(chance.shape(chance.int(1, 2), 6), { dtype: 'int32', values: shape[axis] });
    return { inputs: { x: some(shape), indices }, attributes: { axis, batchDims: 0 } };
  },
  Prelu: (chance) => {
    const shape = chance.shape(chance.int(1, 4), 6);
    const alpha = chance.pick([shape, shape.slice(-1), shape.slice(1)]);
    return { inputs: { x: some(shape), alpha: some(alpha) }, attributes: {} };
  },
};

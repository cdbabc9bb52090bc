import { add, matMul, reshape, type Tensor, type Tensor3D, tidy, transpose } from '@tensorflow/tfjs-core';
import { type ActivationName, activations } from '../activations.js';
import { primitive } from '../primitive.js';

interface GroupedInputs {
  readonly x: Tensor;
  readonly kernel: Tensor;
  readonly bias?: Tensor;
}

interface GroupedDelta {
  readonly delta: Tensor;
  readonly kernel: Tensor;
}

interface GroupedKernelGradientInputs {
  readonly input: Tensor;
  readonly delta: Tensor;
}

type Three = readonly [number, number, number];

/** [m, groups·n] → [groups, m, n] */
function apart(x: Tensor, groups: number): Tensor3D {
  const [rows, columns] = x.shape as [number, number];
  return transpose(reshape(x, [rows, groups, columns / groups]), [1, 0, 2]) as Tensor3D;
}

/** [groups, m, n] → [m, groups·n] */
const together = (x: Tensor): Tensor => {
  const [groups, rows, columns] = x.shape as unknown as Three;
  return reshape(transpose(x, [1, 0, 2]), [rows, groups * columns]);
};

/**
 * y_g = x_g·K_g + bias_g for each of g groups of columns, side by side, and f of it: x [m, g·in], K [g, in, out],
 * bias [g·out] → [m, g·out].
 */
export const groupedProduct = primitive(
  'GroupedProduct',
  {
    takes: { x: 'm inputs', kernel: 'g in out', bias: 'units?' },
    shapes: ({ x, kernel }: GroupedInputs, _attributes: { activation?: ActivationName }) => {
      const [groups, inputs, units] = kernel.shape as unknown as Three;
      return { x: [x.shape[0] as number, groups * inputs], bias: [groups * units] };
    },
  },
  ({ x, kernel, bias }, { activation = 'linear' }): Tensor =>
    tidy(() => {
      const y = together(matMul(apart(x, kernel.shape[0] as number), kernel as Tensor3D));
      return activations[activation].forward(bias ? add(y, bias) : y);
    }),
);

/** ∂L/∂K_g = h_gᵀ·δ_g: h [m, g·in], δ [m, g·out] → [g, in, out]. */
export const groupedKernelGradient = primitive(
  'GroupedKernelGradient',
  {
    takes: { input: 'm inputs', delta: 'm units' },
    shapes: ({ input, delta }: GroupedKernelGradientInputs, { groups }: { groups: number }) => ({
      input: [input.shape[0] as number, groups * Math.floor((input.shape[1] as number) / groups)],
      delta: [delta.shape[0] as number, groups * Math.floor((delta.shape[1] as number) / groups)],
    }),
    gives: ({ input, delta }, { groups }) => [
      groups,
      (input.shape[1] as number) / groups,
      (delta.shape[1] as number) / groups,
    ],
  },
  ({ input, delta }, { groups }): Tensor =>
    tidy(() => matMul(apart(input, groups), apart(delta, groups), true)),
);

/** δ_g·K_gᵀ: δ [m, g·out], K [g, in, out] → [m, g·in]. */
export const groupedInputGradient = primitive(
  'GroupedInputGradient',
  {
    takes: { delta: 'm units', kernel: 'g in out' },
    shapes: ({ delta, kernel }: GroupedDelta) => {
      const [groups, , units] = kernel.shape as unknown as Three;
      return { delta: [delta.shape[0] as number, groups * units] };
    },
  },
  ({ delta, kernel }): Tensor =>
    tidy(() => together(matMul(apart(delta, kernel.shape[0] as number), kernel as Tensor3D, false, true))),
);

import { type ActivationName, activations } from '@feedalign/backend';
import type { TensorInfo, Variable } from '@tensorflow/tfjs-core';
import { activationNumbers, isFast } from '../activations.js';
import type { Finish } from '../engine.js';
import { asTensor, type Into, type Kernels } from '../kernel.js';
import { matrix, multiply } from '../product.js';

interface KernelGradientInputs {
  readonly input: TensorInfo;
  readonly delta: TensorInfo;
}

const bytes = 4;
const groupsFrom = (groups: number) => Array.from({ length: groups }, (_, group) => group);

/** Dense layers of groups: one product for each group, whose operands and result stay where they lie. */
export const grouped: Kernels = (engine) => {
  const kernelGradient = (
    { input, delta }: KernelGradientInputs,
    groups: number,
    result: number,
    finish: Finish,
  ) => {
    const [rows, inputs] = input.shape;
    const [, units] = delta.shape;
    const [from, to] = [inputs / groups, units / groups];
    const [x, d] = [engine.at(input), engine.at(delta)];
    for (const group of groupsFrom(groups)) {
      const a = matrix(x + group * from * bytes, [rows, from], true, inputs);
      const b = matrix(d + group * to * bytes, [rows, to], false, units);
      multiply(engine, a, b, result + group * from * to * bytes, finish);
    }
  };

  return {
    FeedalignGroupedProduct: (
      { x, kernel, bias }: { x: TensorInfo; kernel: TensorInfo; bias?: TensorInfo },
      { activation = 'linear' }: { activation?: ActivationName },
    ) => {
      const [groups, from, to] = kernel.shape;
      const [rows, inputs] = x.shape;
      const out = engine.output([rows, groups * to]);
      const [at, weights, shift, result] = [x, kernel, bias, out].map((each) => (each ? engine.at(each) : 0));
      const fused = isFast(activation) ? activationNumbers[activation] : activationNumbers.linear;
      for (const group of groupsFrom(groups)) {
        multiply(
          engine,
          matrix(at + group * from * bytes, [rows, from], false, inputs),
          matrix(weights + group * from * to * bytes, [from, to]),
          result + group * to * bytes,
          { bias: bias && shift + group * to * bytes, activation: fused },
          groups * to,
        );
      }
      return isFast(activation) ? out : activations[activation].forward(asTensor(out));
    },

    FeedalignGroupedInputGradient: ({ delta, kernel }: { delta: TensorInfo; kernel: TensorInfo }) => {
      const [groups, to, from] = kernel.shape;
      const [rows, units] = delta.shape;
      const out = engine.output([rows, groups * to]);
      const [d, weights, result] = [delta, kernel, out].map(engine.at);
      for (const group of groupsFrom(groups)) {
        multiply(
          engine,
          matrix(d + group * from * bytes, [rows, from], false, units),
          matrix(weights + group * from * to * bytes, [to, from], true),
          result + group * to * bytes,
          {},
          groups * to,
        );
      }
      return out;
    },

    FeedalignGroupedKernelGradient: (inputs: KernelGradientInputs, { groups }: { groups: number }) => {
      const shape = [groups, inputs.input.shape[1] / groups, inputs.delta.shape[1] / groups];
      const out = engine.output(shape);
      kernelGradient(inputs, groups, engine.at(out), {});
      return out;
    },

    FeedalignGroupedKernelGradientInto: (
      { variable, ...inputs }: KernelGradientInputs & { variable: Variable },
      { groups, ...finish }: Into & { groups: number },
    ) => {
      kernelGradient(inputs, groups, engine.owned(variable), finish);
      return [];
    },
  };
};

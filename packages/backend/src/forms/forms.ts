import { convolutionOnWasm, stockConvolutionKernelGradient } from './convolution.js';
import { maxPoolGradientOnWasm } from './max-pool-gradient.js';
import { productOnWasm, sumLeadingOnWasm } from './product.js';

/** What one primitive computes, in terms of tensors. */
export type Form<I, A, O> = (inputs: I, attributes: A) => O;

/** tfjs' own gradient by a convolution's kernel, on the backends that have one. */
const native = { FeedalignConvolutionKernelGradient: stockConvolutionKernelGradient };

/** The forms that single backends of tfjs have without a package of kernels, by the primitives' kernel names. */
// biome-ignore lint/suspicious/noExplicitAny: each form knows its own inputs and attributes.
const forms: Readonly<Record<string, Readonly<Record<string, Form<any, any, unknown>>>>> = {
  wasm: {
    FeedalignConvolution: convolutionOnWasm,
    FeedalignProduct: productOnWasm,
    FeedalignSumLeading: sumLeadingOnWasm,
    FeedalignMaxPoolGradient: maxPoolGradientOnWasm,
  },
  cpu: native,
  tensorflow: native,
  webgl: native,
  webgpu: native,
};

/** The form for a backend; undefined where the portable one serves it. */
export const formOn = (backend: string, kernelName: string) => forms[backend]?.[kernelName];

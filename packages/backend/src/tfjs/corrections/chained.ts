import {
  div,
  mean,
  reshape,
  sign,
  square,
  stridedSlice,
  sub,
  sum,
  Tensor,
  type TensorLike,
  transpose,
} from '@tensorflow/tfjs-core';

type Op = (x: Tensor, ...given: never[]) => Tensor;

/**
 * The methods of tensors by which tfjs-layers draws orthogonal matrices, the default of recurrent layers, and measures r².
 * Only the whole of tfjs has them. A deep import into tfjs-core would be no way to them: in Node that is another copy, with
 * a class of tensors of its own.
 */
const methods: Readonly<Record<string, Op>> = {
  div: (x, by: Tensor | TensorLike) => div(x, by),
  flatten: (x) => reshape(x, [x.size]),
  mean: (x, axis?: number | number[], keepDims?: boolean) => mean(x, axis, keepDims),
  reshape: (x, shape: number[]) => reshape(x, shape),
  sign: (x) => sign(x),
  square: (x) => square(x),
  stridedSlice: (x, ...given: [number[], number[], number[]]) => stridedSlice(x, ...given),
  sub: (x, y: Tensor | TensorLike) => sub(x, y),
  sum: (x, axis?: number | number[], keepDims?: boolean) => sum(x, axis, keepDims),
  transpose: (x, order?: number[]) => transpose(x, order),
};

/** Gives tensors what tfjs-layers asks of them and tfjs-core alone leaves out. */
export function completeTensors(): void {
  for (const [name, op] of Object.entries(methods)) {
    if (name in Tensor.prototype) continue;
    Object.defineProperty(Tensor.prototype, name, {
      configurable: true,
      writable: true,
      value(this: Tensor, ...given: never[]) {
        return op(this, ...given);
      },
    });
  }
}

import { reshape, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Layer } from '../adapter.js';

interface BatchNormalization {
  axis: number;
  call(inputs: Tensor | Tensor[], given: object): Tensor;
}

/**
 * Lets a BatchNormalization of volumes, or of sequences of images, predict: tfjs' own throws for more than four axes. From
 * here on the layer computes by its class's `call` over a matrix whose columns are its axis.
 */
export function predictsAnyRank(layer: Layer): void {
  if (Object.hasOwn(layer, 'call')) return;
  const norm = layer as unknown as BatchNormalization;
  const call: BatchNormalization['call'] = (inputs, given) =>
    tidy(() => {
      const [x] = [inputs].flat();
      const { axis } = norm;
      const own = axis < 0 ? axis + x.rank : axis;
      const order = [...x.shape.keys()].filter((each) => each !== own).concat(own);
      const last = transpose(x, order);
      norm.axis = -1;
      try {
        const rows = reshape(last, [-1, x.shape[own]]);
        const normalized = Object.getPrototypeOf(norm).call.call(norm, rows, given) as Tensor;
        const back = order.map((_, each) => order.indexOf(each));
        return transpose(reshape(normalized, last.shape), back);
      } finally {
        norm.axis = axis;
      }
    });
  Object.defineProperty(layer, 'call', { configurable: true, writable: true, value: call });
}

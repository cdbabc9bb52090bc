import { getKernel, type KernelFunc, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';

/** A backend that kernels free tensors by. */
interface Frees {
  disposeData(dataId: object): boolean;
}

/**
 * tfjs' kernel on wasm writes whole numbers whatever type was asked for, so that floats are the bits of 1 and truth values
 * run over their end. Here it makes whole numbers, 1 at each index, and its own other kernels make of them what was asked.
 */
export const oneHotOfType =
  (stock: KernelFunc): KernelFunc =>
  (given) => {
    const { dtype, onValue, offValue } = given.attrs as unknown as {
      dtype: string;
      onValue: number;
      offValue: number;
    };
    const isWhole = Number.isInteger(onValue) && Number.isInteger(offValue);
    if (dtype === 'int32' && isWhole) return stock(given);
    const run = (name: string, inputs: Readonly<Record<string, TensorInfo>>, attrs: object = {}) => {
      const kernel = getKernel(name, 'wasm');
      const call = { inputs: inputs as never, backend: given.backend, attrs: attrs as NamedAttrMap };
      return kernel.kernelFunc(call) as TensorInfo;
    };
    const made: TensorInfo[] = [];
    const kept = (tensor: TensorInfo) => {
      made.push(tensor);
      return tensor;
    };
    const bits = kept(
      stock({ ...given, attrs: { ...given.attrs, dtype: 'int32', onValue: 1, offValue: 0 } }) as TensorInfo,
    );
    const isPlain = onValue === 1 && offValue === 0;
    const floats = kept(run('Cast', { x: bits }, { dtype: 'float32' }));
    const spread = isPlain ? floats : kept(times(run, kept, floats, onValue - offValue, offValue));
    const result = dtype === 'float32' ? spread : kept(run('Cast', { x: spread }, { dtype }));
    for (const tensor of made) if (tensor !== result) (given.backend as Frees).disposeData(tensor.dataId);
    return result;
  };

type Run = (name: string, inputs: Readonly<Record<string, TensorInfo>>, attrs?: object) => TensorInfo;

/** x·factor + summand, by tfjs' own kernels. */
function times(
  run: Run,
  kept: (tensor: TensorInfo) => TensorInfo,
  x: TensorInfo,
  factor: number,
  summand: number,
): TensorInfo {
  const filled = (value: number) => kept(run('Fill', {}, { shape: x.shape, value, dtype: 'float32' }));
  const scaled = kept(run('Multiply', { a: x, b: filled(factor) }));
  return run('Add', { a: scaled, b: filled(summand) });
}

import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';

export type Inputs = Readonly<Record<string, TensorInfo>>;

/** What a correction computes, over plain arrays: float32, row-major, in a new array. */
export type Loop<A> = (
  numbers: Readonly<Record<string, Float32Array>>,
  inputs: Inputs,
  attributes: A,
) => Result;

interface Result {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** How a backend's tensors are read and made. */
interface Access {
  read(backend: never, tensor: TensorInfo): Float32Array;
  make(backend: never, result: Result): TensorInfo;
}

interface Cpu {
  readonly data: { get(dataId: object): { values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

interface Wasm {
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
  makeOutput(shape: number[], dtype: 'float32', at: undefined, values: Float32Array): TensorInfo;
}

const access = {
  cpu: {
    read: (backend: Cpu, { dataId }) => backend.data.get(dataId).values,
    make: (backend: Cpu, { shape, values }) => backend.makeTensorInfo([...shape], 'float32', values),
  },
  wasm: {
    read: (backend: Wasm, tensor) => backend.typedArrayFromHeap(tensor),
    make: (backend: Wasm, { shape, values }) => backend.makeOutput([...shape], 'float32', undefined, values),
  },
} satisfies Record<string, Access>;

export type LoopBackend = keyof typeof access;

/** Runs a loop over tensors of this backend: reads them, and makes a tensor of what it returns. */
export function runLoop<A>(
  loop: Loop<A>,
  backendName: LoopBackend,
  backend: unknown,
  inputs: Inputs,
  attributes: A,
): TensorInfo {
  const { read, make }: Access = access[backendName];
  const given = Object.entries(inputs).filter(([, tensor]) => tensor);
  const numbers = given.map(([name, tensor]) => [name, read(backend as never, tensor)]);
  return make(backend as never, loop(Object.fromEntries(numbers), inputs, attributes));
}

/**
 * A loop as a kernel of this backend. Other types than float32, and inputs that it is not for, go on to the kernel that
 * was there.
 */
export const kernelOf =
  <A>(loop: Loop<A>, backendName: LoopBackend, isFor: (inputs: Inputs) => boolean = () => true) =>
  (stock: KernelFunc): KernelFunc =>
  (given) => {
    const inputs = given.inputs as unknown as Inputs;
    // An input that may be left out is null then.
    const isFloat = Object.values(inputs).every((tensor) => !tensor || tensor.dtype === 'float32');
    return isFloat && isFor(inputs)
      ? runLoop(loop, backendName, given.backend, inputs, given.attrs as A)
      : stock(given);
  };

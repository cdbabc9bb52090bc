import {
  engine,
  getBackend,
  getKernel,
  type NamedTensorMap,
  type TensorContainer,
} from '@tensorflow/tfjs-core';

/** A kernel of ours that a backend may have. */
export interface OwnKernel {
  /** Whether the backend in use has it. */
  isThere(): boolean;
  run(inputs: object, attributes: object): TensorContainer;
}

interface Globals {
  readonly _tfGlobals?: ReadonlyMap<string, unknown>;
}

/** tfjs' registry of kernels, by words such as 'wasm_Add'; all copies of tfjs in a program share the one. */
const registry = () =>
  (globalThis as Globals)._tfGlobals?.get('kernelRegistry') as ReadonlyMap<string, unknown> | undefined;

/**
 * A kernel by its name. tfjs' `getKernel` spells a new word for each question, which takes longer than the answer; here it
 * is spelled once for each backend.
 */
export function ownKernel(kernelName: string): OwnKernel {
  const kernels = registry();
  let backend = '';
  let word = '';
  return {
    isThere: () => {
      const now = getBackend();
      if (!kernels) return getKernel(kernelName, now) !== undefined;
      if (now !== backend) {
        backend = now;
        word = `${now}_${kernelName}`;
      }
      return kernels.has(word);
    },
    run: (inputs, attributes) =>
      engine().runKernel(kernelName, inputs as NamedTensorMap, attributes as never),
  };
}
